"""Witnesses cosign checkpoints. They get what they lack, and their cosignatures are stored, shown and exported."""

import http.server
import subprocess
import threading
import zipfile
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import verifier
from audit.bundle import write_bundle
from audit.models import AuditCheckpoint, AuditCosignature, AuditEvent
from audit.seal import seal_events
from audit.signing import origin_of, verifier_keys
from audit.transparency.checkpoints import Checkpoint, open_checkpoint
from audit.transparency.keys import NoteError, SignatureType, SigningKey, decode, parse_vkey
from audit.transparency.notes import open_note
from audit.transparency.proofs import ProofError, require_consistency
from audit.transparency.witnesses import Witness
from audit.tree import prove
from audit.witnesses import WitnessError, ask_witnesses
from controlhub.security.networks import AllowedNetwork
from tests import factories, pages
from tests.audit.transparency.test_go import build

MOMENT = 1_764_190_000
KEY = SigningKey("witness.example/one", Ed25519PrivateKey.from_private_bytes(b"\3" * 32), SignatureType.COSIGNATURE)


class Handler(http.server.BaseHTTPRequestHandler):
    """Implements https://c2sp.org/tlog-witness for the logs in `server.seen`: origin to the last checkpoint."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.requests.append((self.path, body))
        self.answer(*self.server.answer(body))

    def answer(self, status, text, content_type="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    key = KEY

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.seen, self.fixed = [], {}, None

    def answer(self, body):
        if self.fixed:
            return self.fixed
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        origin = note.split("\n")[0]
        new = open_checkpoint(note, verifier_keys(origin))
        seen = self.seen.get(origin, Checkpoint(origin, 0, b""))
        if old != f"old {seen.size}":
            return 409, f"{seen.size}\n", "text/x.tlog.size"
        try:
            require_consistency(
                old_size=seen.size, old_root=seen.root, new_size=new.size, new_root=new.root,
                proof=[decode(found) for found in proof],
            )  # fmt: skip
        except ProofError:
            return 422, "no proof"
        self.seen[origin] = new
        return 200, self.key.cosign(new.text(), MOMENT).line() + "\n"


@pytest.fixture
def witness(settings):
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    configure(settings, f"http://127.0.0.1:{server.server_port}", KEY.verifier)
    yield server
    server.shutdown()
    server.server_close()


def configure(settings, url, *keys):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read(url.removeprefix("http://"))]
    settings.AUDIT_WITNESSES = [Witness.read(f"{url}/#{key}") for key in keys]


def grow(organization, name):
    factories.make_user(organization, f"{name}@example.com")
    seal_events()
    return AuditEvent.objects.newest_first().first()


def test_witness_cosigns_each_newest_checkpoint_once(witness, organization, other_organization):
    grow(organization, "one")
    assert (ask_witnesses(), ask_witnesses()) == (2, 0)
    grow(organization, "two")
    assert (ask_witnesses(), ask_witnesses()) == (1, 0)
    assert {path for path, _ in witness.requests} == {"/add-checkpoint"}
    found = AuditCosignature.objects.filter(organization_id=organization.pk).order_by("size")
    assert [row.size for row in found] == [2, 3]
    assert {(row.witness, row.signed_at.timestamp()) for row in found} == {(str(KEY.verifier), MOMENT)}


def test_request_starts_at_the_size_that_the_witness_knows(witness, organization):
    """For example, after a lost response."""
    grow(organization, "one")
    ask_witnesses()
    grow(organization, "two")
    witness.seen.clear()
    assert ask_witnesses() == 1
    grow(organization, "three")
    origin = origin_of(organization.pk)
    witness.seen[origin] = open_checkpoint(AuditCheckpoint.objects.latest("size").note, verifier_keys(origin))
    assert ask_witnesses() == 1


def test_witness_detects_lost_events(witness, organization):
    grow(organization, "one")
    witness.seen[origin_of(organization.pk)] = Checkpoint("", 999, b"")
    with pytest.raises(WitnessError, match="it has seen 999 events, but the log has 2"):
        ask_witnesses()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, "— somebody.else AAAAAAAA\n"), "no cosignature"),
        ((200, KEY.cosign("another text\n", MOMENT).line() + "\n"), "not valid"),
        ((200, ""), "signature"),
        ((404, "unknown log"), "404 unknown log"),
        ((409, "2\n"), "does not say which size"),
        ((409, "x\n", "text/x.tlog.size"), "not a decimal number"),
        ((200, KEY.cosign("x", 2**63 - 1).line() + "\n"), "not valid|no time"),
    ],
)
def test_invalid_response_is_not_stored(witness, organization, answer, problem):
    grow(organization, "one")
    witness.fixed = answer
    with pytest.raises(WitnessError, match=problem):
        ask_witnesses()
    assert not AuditCosignature.objects.exists()


def test_unavailable_witness_does_not_stop_another(witness, organization, settings):
    working = settings.AUDIT_WITNESSES[0]
    down = Witness("http://127.0.0.1:1", SigningKey("witness.example/two", KEY.private, KEY.type).verifier)
    settings.AUDIT_WITNESSES = [down, working]
    grow(organization, "one")
    with pytest.raises(WitnessError, match=r"witness\.example/two does not answer"):
        ask_witnesses()
    assert AuditCosignature.objects.get().witness == str(KEY.verifier)


def test_no_witness_is_asked_without_the_setting(organization, settings):
    seal_events()
    assert settings.AUDIT_WITNESSES == []
    assert ask_witnesses() == 0


@pytest.mark.parametrize("text", ["", "https://witness.example", "https://witness.example#a+b+c"])
def test_setting_without_a_key_is_refused(text):
    with pytest.raises(NoteError):
        Witness.read(text)


def test_log_key_is_not_accepted_as_a_witness_key():
    with pytest.raises(NoteError, match="type 4"):
        Witness.read(f"https://witness.example#{SigningKey('a', KEY.private).verifier}")


def test_proof_contains_the_newest_cosigned_checkpoint(witness, organization, portal):
    event = grow(organization, "one")
    ask_witnesses()
    later = grow(organization, "two")
    log = verifier_keys(origin_of(organization.pk))[0]
    note, verified = open_note(prove(event).checkpoint, [log, KEY.verifier])
    assert (note.text.split("\n")[1], verified) == (
        str(AuditCosignature.objects.get().size),
        {log: None, KEY.verifier: MOMENT},
    )
    assert KEY.name in pages.read(portal.get(f"/audit/{event.pk}/")).text
    assert list(open_note(prove(later).checkpoint, [log, KEY.verifier])[1]) == [log]
    assert KEY.name not in pages.read(portal.get(f"/audit/{later.pk}/")).text
    prove(event).verify(prove(event).extra, [log])


@pytest.mark.parametrize("is_whole", [True, False])
def test_bundle_is_verified_with_the_key_of_a_witness(witness, organization, portal, tmp_path, capsys, is_whole):
    seal_events()
    ask_witnesses()
    path = tmp_path / "log.zip"
    if is_whole:
        with path.open("wb") as file:
            write_bundle(file, organization.pk)
    else:
        form = {"format": "bundle", "query": "activity=Add+user", "form_id": str(uuid4())}
        path.write_bytes(portal.post("/audit/export/", form).getvalue())
    assert verifier.main([str(path), "--witness", str(KEY.verifier)]) == 0
    size = AuditCosignature.objects.get().size
    assert f"witness.example/one cosigned the first {size} events" in capsys.readouterr().out
    other = SigningKey("witness.example/one", Ed25519PrivateKey.generate(), KEY.type)
    assert verifier.main([str(path), "--witness", str(other.verifier)]) == 1
    assert "witness.example/one has not cosigned the log" in capsys.readouterr().out
    folder = tmp_path / "log"
    zipfile.ZipFile(path).extractall(folder)
    notes = (folder / "checkpoints.txt").read_text()
    line = AuditCosignature.objects.get().line
    forged = KEY.cosign("another text\n", MOMENT).line()
    assert line in notes
    (folder / "checkpoints.txt").write_text(notes.replace(line, forged))
    assert verifier.main([str(folder), "--witness", str(KEY.verifier)]) == 1
    assert "the cosignature of witness.example/one is not valid" in capsys.readouterr().out


def test_sealing_does_not_wait_for_a_witness(witness, organization):
    witness.fixed = (503, "")
    grow(organization, "one")
    with pytest.raises(WitnessError):
        ask_witnesses()
    assert (
        AuditCheckpoint.objects.filter(organization_id=organization.pk).latest("size").size
        == AuditEvent.objects.filter(organization_id=organization.pk).count()
    )


@pytest.fixture
def go_witness(organization, settings, tmp_path_factory):
    """A witness that uses Go's libraries, in its own process."""
    program = build("witness", tmp_path_factory.mktemp("go"))
    command = [program, str(verifier_keys(origin_of(organization.pk))[0]), "witness.example/go"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url, vkey = process.stdout.readline().strip(), process.stdout.readline().strip()
        configure(settings, url, vkey)
        yield parse_vkey(vkey)
        process.kill()


@pytest.mark.deep
def test_external_witness_cosigns(go_witness, organization):
    for number in range(3):
        for index in range(number * 100 + 1):
            factories.make_user(organization, f"user{number}.{index}@example.com")
        seal_events()
        assert ask_witnesses() == 1
    log = verifier_keys(origin_of(organization.pk))[0]
    event = AuditEvent.objects.newest_first().first()
    assert set(open_note(prove(event).checkpoint, [log, go_witness])[1]) == {log, go_witness}
