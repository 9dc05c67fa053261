"""Requests go only to allowed destinations: checked by name, by address, on redirects, and with a time limit."""

import contextlib
import http.server
import ipaddress
import select
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import override

from controlhub.env import bounded
from controlhub.security import outbound
from controlhub.security.networks import AllowedNetwork
from tests.pseudo import LANGUAGE


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/secret")
            self.end_headers()
            return
        if self.path == "/kept":
            self.protocol_version, self.close_connection = "HTTP/1.1", False
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            self.drip()
        elif self.path == "/much":
            for _ in range(40):
                self.wfile.write(b"x" * 100_000)
        else:
            self.wfile.write(b'{"fine": true}')

    def drip(self):
        """Send a byte now and then until the client hangs up or the test ends."""
        with contextlib.suppress(OSError):
            while not self.server.over.is_set() and not select.select([self.connection], [], [], 0.05)[0]:
                self.wfile.write(b"x")
        self.server.hung_up.set()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(running):
    return f"http://127.0.0.1:{running.server_port}"


@pytest.fixture
def running(settings):
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.over, running.hung_up = threading.Event(), threading.Event()
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read(f"127.0.0.1:{running.server_port}")]
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()


def get(url):
    with outbound.open_session() as session:
        return session.get(url)


def test_allowed_address_can_be_requested(server):
    assert get(server).json() == {"fine": True}


def test_permission_applies_to_one_port(server, settings):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.1:1")]
    with pytest.raises(outbound.RefusedAddressError):
        get(server)
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    assert get(server).ok


@pytest.mark.parametrize("text", ["0.5", "60"])
def test_timeout_must_be_in_range(monkeypatch, text):
    monkeypatch.setenv("OUTBOUND_TIMEOUT", text)
    with pytest.raises(ImproperlyConfigured, match=f"OUTBOUND_TIMEOUT is {text}, but it must be a number from 1 to 25"):
        bounded("OUTBOUND_TIMEOUT", default=10, least=1, most=25)


def test_redirect_is_not_followed(server):
    with pytest.raises(outbound.RefusedAddressError, match="not followed"):
        get(f"{server}/moved")


def test_endless_response_is_cut_off(server):
    with pytest.raises(requests.RequestException, match="too much"):
        get(f"{server}/much")


def test_slow_response_is_cut_off(server, running, monkeypatch):
    """The server would send forever, and each byte arrives long before the read timeout."""
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.4)
    asked = ThreadPoolExecutor(1).submit(get, f"{server}/drip")
    error = asked.exception(timeout=60)
    assert error is None or isinstance(error, requests.RequestException)
    assert running.hung_up.wait(60)
    assert not running.over.is_set(), "the client hung up"


def test_slow_response_on_a_reused_connection_is_cut_off(server, running, monkeypatch):
    def twice():
        with outbound.open_session() as session:
            session.get(f"{server}/kept")
            monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.4)
            session.get(f"{server}/drip")

    error = ThreadPoolExecutor(1).submit(twice).exception(timeout=60)
    assert error is None or isinstance(error, requests.RequestException)
    assert running.hung_up.wait(60)
    assert not running.over.is_set(), "the client hung up"


def test_name_with_an_internal_address_is_refused_before_sending(server, monkeypatch):
    port = int(server.rpartition(":")[2])
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 443))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args, **kwargs: inside)
    with pytest.raises(outbound.RefusedAddressError, match=r"resolves to an address"):
        get("https://idp.example.com/")
    mixed = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)), *inside]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args, **kwargs: mixed)
    with pytest.raises(outbound.RefusedAddressError):
        get("https://idp.example.com/")
    assert port


INSIDE = ["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.7.8", "fd00::12", "::1", "::ffff:10.1.2.3"]


def resolve_to(monkeypatch, *addresses):
    found = [
        (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443))
        for text in addresses
    ]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.mark.parametrize("before", [[], ["1.1.1.1"]])
@pytest.mark.parametrize("address", INSIDE)
def test_internal_addresses_appear_only_in_the_log(monkeypatch, caplog, address, before):
    caplog.set_level("WARNING")
    resolve_to(monkeypatch, *before, address)
    with pytest.raises(outbound.RefusedAddressError) as refused:
        get("https://intranet.example/")
    assert address not in str(refused.value)
    assert "intranet.example resolves to an address" in str(refused.value)
    logged = caplog.text.replace("::ffff:a01:203", "::ffff:10.1.2.3")
    assert f"intranet.example resolves to {address} port 443" in logged


def test_unreachable_address_appears_only_in_the_log(monkeypatch, settings, caplog):
    caplog.set_level("WARNING")
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as failed:
        get(f"http://localhost:{port}/")
    assert "127.0.0.1" not in str(failed.value)
    assert "localhost does not respond." in str(failed.value)
    assert f"127.0.0.1 port {port} does not respond" in caplog.text


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.django_db
def test_address_of_a_provider_is_hidden_from_administrators(monkeypatch, portal, address):
    resolve_to(monkeypatch, address)
    form = {"name": "x", "client_id": "x", "client_secret": "x", "issuer": "https://intranet.example"}
    answer = portal.post("/sign-on/add/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "resolves to an address" in page
    assert address not in page.replace(":root", "")


def test_proxies_from_the_environment_are_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert get(server).ok


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::101:101", True),
        ("64:ff9b:1::1", False),
        ("2002:a00:1::", False),
        ("fec0::1", False),
    ],
)
def test_public_addresses_are_recognized(address, public):
    assert outbound._is_public(ipaddress.ip_address(address)) is public


# --- Bytes over TLS -------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    """A file with a key and a self-signed certificate for `localhost`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "localhost.pem"
    file.write_bytes(secret + made.public_bytes(pem))
    return file


@pytest.mark.parametrize("is_trusted", [True, False])
def test_bytes_are_sent_only_to_a_trusted_certificate(certificate, settings, monkeypatch, is_trusted):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        received = pool.submit(read_secured, listener, context)
        url = f"tls://localhost:{listener.getsockname()[1]}"
        expected = contextlib.nullcontext() if is_trusted else pytest.raises(requests.ConnectionError)
        with expected:
            outbound.send_bytes(url, b"7 <110>1 x")
        assert received.result(20) == (b"7 <110>1 x" if is_trusted else b"")


def read_secured(listener, context):
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secured, secured.makefile("rb") as file:
            return file.read()
    except ssl.SSLError:
        return b""


def test_refusals_are_in_the_language_of_the_reader(speaks_pseudo):
    with pytest.raises(outbound.RefusedAddressError) as refused:
        outbound.require_address("ftp://files.example.com")
    stored = str(refused.value)
    gone = "The host files.example.com does not exist."
    assert outbound.shown_refusal(stored) == stored
    with override(LANGUAGE):
        assert outbound.shown_refusal(stored) != stored
        shown = outbound.shown_refusal(gone)
        assert shown != gone
        assert "files.example.com" in shown
        assert outbound.shown_refusal("550 No such receiver") == "550 No such receiver"
        with pytest.raises(outbound.RefusedAddressError) as refused:
            outbound.require_address("ftp://files.example.com")
    assert str(refused.value) != stored
