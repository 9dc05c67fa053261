// A witness (https://c2sp.org/tlog-witness) of one log, with the libraries of Go's checksum database.
//
// Usage: witness VKEY NAME. VKEY is the key of the log, NAME the name of the witness. It listens on a free port of the
// loopback interface. The first line of standard output is its URL, the second one its own key.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignature = 4

type witness struct {
	sync.Mutex
	log  note.Verifier
	name string
	key  ed25519.PrivateKey
	seen tlog.Tree
}

func (w *witness) public() []byte {
	return append([]byte{cosignature}, w.key.Public().(ed25519.PublicKey)...)
}

func (w *witness) id() []byte {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.public()...))
	return sum[:4]
}

func (w *witness) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	w.Lock()
	defer w.Unlock()
	body, err := io.ReadAll(in.Body)
	head, signed, found := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	old, wrong := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if in.URL.Path != "/add-checkpoint" || err != nil || !found || wrong != nil {
		http.Error(out, "not a request for a checkpoint", http.StatusBadRequest)
		return
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(w.log))
	if err != nil {
		http.Error(out, err.Error(), http.StatusForbidden)
		return
	}
	text := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(text[1], 10, 64)
	root, wrong := tlog.ParseHash(text[2])
	if text[0] != w.log.Name() || err != nil || wrong != nil || old > size {
		http.Error(out, "not a checkpoint of this log", http.StatusBadRequest)
		return
	}
	if old != w.seen.N {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		fmt.Fprintf(out, "%d\n", w.seen.N)
		return
	}
	if err := w.continues(size, root, lines[1:]); err != nil {
		http.Error(out, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.seen = tlog.Tree{N: size, Hash: root}
	fmt.Fprint(out, w.cosign(opened.Text))
}

func (w *witness) continues(size int64, root tlog.Hash, lines []string) error {
	var proof tlog.TreeProof
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	if w.seen.N == 0 {
		return nil
	}
	return tlog.CheckTree(proof, size, root, w.seen.N, w.seen.Hash)
}

func (w *witness) cosign(text string) string {
	now := uint64(time.Now().Unix())
	value := binary.BigEndian.AppendUint64(w.id(), now)
	value = append(value, ed25519.Sign(w.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", now, text)))...)
	return fmt.Sprintf("— %s %s\n", w.name, base64.StdEncoding.EncodeToString(value))
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	seed := sha256.Sum256([]byte(os.Args[2]))
	w := &witness{log: verifier, name: os.Args[2], key: ed25519.NewKeyFromSeed(seed[:])}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n%s+%x+%s\n", listener.Addr(), w.name, w.id(), base64.StdEncoding.EncodeToString(w.public()))
	log.Fatal(http.Serve(listener, w))
}
