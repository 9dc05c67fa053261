"""Requests as bytes: what is accepted, what is refused, and the form of the refusal."""

import json
import logging

import pytest

from controlhub.middleware.request_ids import request_id
from controlhub.web import limits
from controlhub.web.connection import State
from tests.controlhub.web.conftest import echo
from tests.servers import wait_for

SCIM = "/v1/scim/2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d/Users"
HOST = "Host: localhost\r\n"


def get(target, headers=HOST, close=True):
    ending = "Connection: close\r\n" if close else ""
    return f"GET {target} HTTP/1.1\r\n{headers}{ending}\r\n".encode("latin-1")


def post(body, headers=""):
    return (
        f"POST /x HTTP/1.1\r\n{HOST}Connection: close\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def body_of(answer):
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/a/b?c=d", b"GET /a/b?c=d "),
        ('/a?filter=userName%20eq%20"x"', b'GET /a?filter=userName%20eq%20"x" '),
        ("/a?x=<>{}|\\^`[]", b"GET /a?x=<>{}|\\^`[] "),
        ("/%41%2e", b"GET /A.? "),
        ("http://localhost/a?b", b"GET /a?b "),
        ("http://localhost", b"GET /? "),
        ("*", b"GET *? "),
    ],
)
def test_target_is_split_into_path_and_query(serve, target, said):
    assert body_of(serve().client().ask(get(target))) == said


@pytest.mark.parametrize(
    ("request_line", "status", "detail"),
    [
        (f'GET {SCIM}?filter=userName eq "x" HTTP/1.1', 400, "%20"),
        (f"GET {SCIM}?filter=\xfc HTTP/1.1", 400, "percent-encoded"),
        (f"GET {SCIM}?filter=\x00 HTTP/1.1", 400, "percent-encoded"),
        (f"GET {SCIM}?filter={'a' * 70_000} HTTP/1.1", 414, "/.search"),
        (f"GET {SCIM} HTTP/2.0", 505, "HTTP/1.1"),
        (f"NONSENSE {SCIM} HTTP/1.1", 501, "method"),
    ],
)
def test_malformed_request_lines_are_refused_with_scim_errors(serve, request_line, status, detail):
    answer = serve().client().ask(f"{request_line}\r\n{HOST}\r\n".encode("latin-1"))
    assert status_of(answer) == status
    assert b"\r\nX-Request-ID: " in answer
    document = json.loads(body_of(answer))
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert document["status"] == str(status)
    assert detail in document["detail"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (SCIM, b"application/scim+json"),
        ("/identity/scim/x", b"application/scim+json"),
        ("/oauth/token", b"application/json"),
        ("/v1/adminAudit/events", b"application/json"),
        ("/users/", b"text/plain"),
    ],
)
def test_form_of_a_refusal_depends_on_the_path(serve, path, kind):
    answer = serve().client().ask(f"GET {path}? x HTTP/1.1\r\n{HOST}\r\n".encode())
    assert status_of(answer) == 400
    assert b"\r\nContent-Type: " + kind in answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get("/", headers=""), 400),
        (get("/", headers=HOST + HOST), 400),
        (get("/", headers=HOST + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400),
        (get("/", headers=HOST + "A : b\r\n"), 400),
        (get("/", headers=HOST + "A: b\r\n" * 101), 431),
        (get("/", headers=HOST + f"A: {'b' * 100_000}\r\n"), 431),
        (f"GET / HTTP/1.1\r\n{HOST}A: {'b' * 200_000}".encode(), 431),
        (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(), 400),
        (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd".encode(), 400),
        (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip\r\n\r\nabc".encode(), 400),
        (f"POST / HTTP/1.1\r\n{HOST}Content-Length: {limits.MAX_BODY + 1}\r\n\r\n".encode(), 413),
        (f"POST / HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc".encode(), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 501),
        (f"CONNECT localhost:1 HTTP/1.1\r\n{HOST}\r\n".encode(), 400),
    ],
    ids=[
        *("no host", "two hosts", "two credentials", "blank in a name", "many headers", "long header"),
        "endless header",
        *("two lengths", "two different lengths", "unknown coding", "too large", "upgrade with a body", "TLS", "proxy"),
    ],
)  # fmt: skip
def test_malformed_or_oversized_request_is_refused(serve, sent, status):
    answer = serve().client().ask(sent)
    assert status_of(answer) == status
    assert b"\r\nConnection: close\r\n" in answer


def test_chunks_that_are_too_large_in_total_are_refused(serve):
    client = serve().client()
    client.send(f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for _ in range(9):
        client.send(chunk)
    assert status_of(client.read_until(b"can have at most")) == 413


def headers(environ, start_response):
    """Responds with the received headers."""
    start_response("200 OK", [])
    return ["\n".join(f"{name}={environ[name]}" for name in sorted(environ) if name.startswith("HTTP_")).encode()]


def test_headers_with_underscores_are_dropped(serve):
    """Otherwise, a client could overwrite a header set by a proxy: both have the same name in the environment."""
    sent = HOST + "X-Forwarded-For: 192.0.2.1\r\nX_Forwarded_For: 203.0.113.9\r\nX_Other: 1\r\n"
    assert b"HTTP_X_FORWARDED_FOR=192.0.2.1" in (answer := serve(headers).client().ask(get("/", headers=sent)))
    assert b"203.0.113.9" not in answer
    assert b"OTHER" not in answer


def test_repeated_headers_are_joined(serve):
    sent = HOST + "Cookie: a=1\r\nX-A: 1\r\nCookie: b=2\r\nX-A: 2\r\n"
    answer = serve(headers).client().ask(get("/", headers=sent))
    assert b"HTTP_COOKIE=a=1; b=2" in answer
    assert b"HTTP_X_A=1,2" in answer


@pytest.mark.parametrize("size", [0, 1, limits.IN_MEMORY, limits.IN_MEMORY + 1, 1_000_000])
def test_bodies_are_kept_in_memory_or_in_files(serve, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert body_of(serve().client().ask(post(body))) == b"POST /x? " + body


def test_chunked_body_with_a_trailer_is_read(serve):
    sent = f"POST /x HTTP/1.1\r\n{HOST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    sent += b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
    assert body_of(serve().client().ask(sent)) == b"POST /x? abcde"


def test_client_that_expects_100_continue_gets_it(serve):
    client = serve().client()
    client.send(
        f"POST /x HTTP/1.1\r\n{HOST}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n".encode()
    )
    assert client.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert body_of(client.ask(b"abc")) == b"POST /x? abc"


def test_request_to_upgrade_is_answered_without_an_upgrade(serve):
    client = serve().client()
    upgrade = HOST + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
    answers = client.ask(get("/1", headers=upgrade, close=False) + get("/2"))
    assert b"GET /1? " in answers
    assert b"GET /2? " in answers


def test_response_to_head_has_the_length_and_no_body(serve):
    answer = serve().client().ask(f"HEAD /x HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
    assert b"Content-Length: 9\r\n" in answer
    assert body_of(answer) == b""


def test_failing_application_causes_500(serve):
    def fail(_environ, _start_response):
        raise RuntimeError

    running = serve(fail)
    assert status_of(running.client().ask(get("/"))) == 500
    assert status_of(running.client().ask(get("/health/live"))) == 200


def test_requests_on_one_connection_are_answered_in_order(serve):
    client = serve().client()
    answers = client.ask(b"".join(get(f"/{number}", close=False) for number in range(20)) + get("/last"))
    said = [line.split(b" ")[1] for line in answers.split(b"GET ")[1:] for line in [b"GET " + line]]
    assert said == [b"/%d?" % number for number in range(20)] + [b"/last?"]


def test_malformed_request_is_rejected_after_earlier_responses(serve):
    answers = serve().client().ask(get("/1", close=False) + get("/2", close=False) + b"GET /v1/scim/ x\r\n\r\n")
    assert answers.index(b"GET /1?") < answers.index(b"GET /2?") < answers.index(b"HTTP/1.1 400")


def test_too_many_pipelined_requests_close_the_connection(serve):
    answers = serve().client().ask(get("/", close=False) * 100)
    assert 0 < answers.count(b"200 OK") <= limits.MAX_PIPELINED + 2
    assert b"HTTP/1.1 400" in answers


def test_http_1_0_client_gets_a_response_and_a_closed_connection(serve):
    assert b"Connection: close" in serve().client().ask(b"GET /x HTTP/1.0\r\n\r\n")


def test_response_in_many_chunks_arrives_complete(serve):
    def stream(_environ, start_response):
        start_response("200 OK", [])
        return (b"x" * 100_000 for _ in range(30))

    answer = serve(stream).client().ask(get("/"))
    assert b"Content-Length: 3000000\r\n" in answer
    assert len(body_of(answer)) == 3_000_000


def test_echo_client_reads_the_response():
    said = []
    body = type("Body", (), {"read": lambda _: b"b"})()
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/p", "QUERY_STRING": "q", "wsgi.input": body}
    assert echo(environ, lambda *args: said.append(args)) == [b"GET /p?q b"]


def test_log_contains_a_refusal_with_its_request_id(serve, caplog):
    ids = []

    class Watcher(logging.Handler):
        def emit(self, record):
            ids.append((request_id(), record.getMessage()))

    logger = logging.getLogger("controlhub.web.answers")
    logger.addHandler(watcher := Watcher())
    with caplog.at_level(logging.INFO, logger.name):
        answer = serve().client().ask(get(f"{SCIM} x"))
    logger.removeHandler(watcher)
    ((sent_id, message),) = ids
    assert f"X-Request-ID: {sent_id}\r\n".encode() in answer
    assert message == f"Rejected with 400: {SCIM}"


def test_idle_connection_keeps_no_data_of_its_requests(serve):
    """Otherwise, a few thousand idle clients would hold 90 KB of headers each."""
    running = serve()
    client = running.client()
    client.send(get("/a?" + "b" * 10_000, HOST + f"X-Long: {'c' * 80_000}\r\n", close=False))
    client.read_until(b"b ")
    (connection,) = running.server.connections
    wait_for(lambda: connection.state is State.IDLE)
    kept = [getattr(connection, name) for name in ("_last", "_headers", "_url", "_pending", "_unanswered", "_answer")]
    assert not any(kept)
    client.send(b"GARBAGE\r\n\r\n")
    assert b"/a" not in client.read_all()
