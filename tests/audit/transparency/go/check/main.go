// Checks what Control Hub signs with the libraries of Go's checksum database, and cosigns it as a witness.
//
// Standard input has one JSON object of type Input. Standard output gets one of type Output.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type Input struct {
	Key, Old, New, Leaf string
	Index               int64
	Inclusion           []tlog.Hash
	Consistency         []tlog.Hash
	Witness             string
	Time                uint64
}

type Output struct {
	Key, Note string
}

// Witness signs checkpoints as https://c2sp.org/tlog-cosignature says.
type Witness struct {
	name string
	key  ed25519.PrivateKey
	time uint64
}

const cosignature = 4

func (w Witness) public() []byte {
	return append([]byte{cosignature}, w.key.Public().(ed25519.PublicKey)...)
}

func (w Witness) Name() string { return w.name }

func (w Witness) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.public()...))
	return binary.BigEndian.Uint32(sum[:])
}

func (w Witness) Sign(text []byte) ([]byte, error) {
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", w.time, text)
	signature := make([]byte, 8)
	binary.BigEndian.PutUint64(signature, w.time)
	return append(signature, ed25519.Sign(w.key, []byte(signed))...), nil
}

// tree returns the size and the root of a checkpoint that the key has signed.
func tree(signed string, verifier note.Verifier) (*note.Note, tlog.Tree) {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("the origin is %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return opened, tlog.Tree{N: size, Hash: root}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	var in Input
	must(json.NewDecoder(os.Stdin).Decode(&in))
	verifier, err := note.NewVerifier(in.Key)
	must(err)
	_, old := tree(in.Old, verifier)
	opened, new := tree(in.New, verifier)
	must(tlog.CheckRecord(in.Inclusion, new.N, new.Hash, in.Index, tlog.RecordHash([]byte(in.Leaf))))
	must(tlog.CheckTree(in.Consistency, new.N, new.Hash, old.N, old.Hash))

	seed := sha256.Sum256([]byte(in.Witness))
	witness := Witness{in.Witness, ed25519.NewKeyFromSeed(seed[:]), in.Time}
	signed, err := note.Sign(opened, witness)
	must(err)
	key := fmt.Sprintf("%s+%08x+%s", witness.name, witness.KeyHash(), base64.StdEncoding.EncodeToString(witness.public()))
	must(json.NewEncoder(os.Stdout).Encode(Output{key, string(signed)}))
}
