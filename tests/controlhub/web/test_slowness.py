"""Clients that send or read slowly occupy a connection, but never a thread."""

import threading

import pytest

from controlhub.web import limits
from tests.controlhub.web.conftest import echo
from tests.controlhub.web.test_requests import HOST, body_of, get, post, status_of
from tests.servers import wait_for

BEGINNINGS = {
    "nothing": b"",
    "half a line": b"GET /v1/sc",
    "half of the headers": f"GET / HTTP/1.1\r\n{HOST}X-A: 1\r\n".encode(),
    "half of a body": post(b"x" * 1_000)[:-500],
    "half of a chunk": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n100\r\nabc".encode(),
}


def connections(running):
    return len(running.server.connections)


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_slow_clients_do_not_delay_others(serve, beginning):
    running = serve()
    slow = [running.client() for _ in range(50)]
    for client in slow:
        client.send(beginning)
    wait_for(lambda: connections(running) == 50)
    assert status_of(running.client().ask(get("/"))) == 200
    wait_for(lambda: running.server.threads.busy == 0)


@pytest.mark.parametrize("name", ["half a line", "half of the headers", "half of a body", "half of a chunk"])
def test_request_that_does_not_arrive_in_time_is_refused(serve, name):
    running = serve()
    client = running.client()
    client.send(BEGINNINGS[name])
    wait_for(lambda: connections(running))
    wait_for(lambda: client_states(running) != ["IDLE"])
    running.pass_time(limits.BODY_SECONDS + 1)
    assert status_of(client.read_all()) == 408


def client_states(running):
    return [connection.state.name for connection in running.server.connections]


def test_occasional_bytes_do_not_extend_the_deadline(serve):
    running = serve()
    client = running.client()
    for byte in (b"G", b"E", b"T"):
        client.send(byte)
        wait_for(lambda: client_states(running) == ["HEAD"])
        running.pass_time(limits.HEAD_SECONDS / 2)
    assert status_of(client.read_all()) == 408


@pytest.mark.parametrize(
    ("before", "seconds"), [(b"", limits.HEAD_SECONDS), (get("/", close=False), limits.IDLE_SECONDS)]
)
def test_idle_connection_is_closed_without_a_response(serve, before, seconds):
    running = serve()
    client = running.client()
    if before:
        client.send(before)
        client.read_until(b"GET /? ")
    wait_for(lambda: client_states(running) == ["IDLE"])
    running.pass_time(seconds + 1)
    assert client.read_all() == b""


LARGE = limits.MAX_UNSENT // 4


def large(_environ, start_response):
    start_response("200 OK", [])
    return [b"x" * LARGE]


def test_slow_readers_use_no_thread_and_little_memory(serve):
    running = serve(large)
    readers = [running.client() for _ in range(12)]
    for reader in readers:
        reader.send(get("/"))
    wait_for(lambda: client_states(running).count("WRITING") == 12)
    assert running.server.threads.busy == 0
    assert running.server.unsent <= limits.MAX_UNSENT
    assert len(body_of(readers[-1].read_all())) == LARGE, "an answer in a file arrives whole"
    assert len(body_of(readers[0].read_all())) == LARGE
    running.pass_time(limits.STALL_SECONDS + 1)
    wait_for(lambda: not connections(running), message="clients that read nothing were kept")
    assert running.server.unsent == 0


def test_connection_beyond_the_limit_closes_the_longest_waiting_one(serve, monkeypatch):
    running = serve()
    monkeypatch.setattr(running.server, "_max_connections", 10)
    first, *_others = clients = [running.client() for _ in range(10)]
    for client in clients:
        client.send(b"GET / HT")
    wait_for(lambda: client_states(running) == ["HEAD"] * 10)
    assert status_of(running.client().ask(get("/"))) == 200
    assert status_of(first.read_all()) == 408


MOST = limits.THREADS - limits.SPARE_THREADS
"""The number of threads that one share uses once its requests are slow."""


class Gate:
    """An application whose requests wait until the gate is opened."""

    def __init__(self):
        self.opened, self.paths = threading.Event(), []

    def __call__(self, environ, start_response):
        self.paths.append(environ["PATH_INFO"])
        if environ["PATH_INFO"].startswith("/wait"):
            self.opened.wait(20)
        return echo(environ, start_response)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.opened.set()


def test_liveness_is_answered_while_all_threads_are_busy(serve, gate):
    running = serve(gate)
    waiting = [running.client() for _ in range(2 * limits.THREADS)]
    for client in waiting:
        client.send(get("/wait"))
    wait_for(lambda: running.server.threads.waiting)
    assert body_of(running.client().ask(get("/health/live"))) == b"ok"
    gate.opened.set()
    assert [status_of(client.read_all()) for client in waiting] == [200] * len(waiting)


def test_request_of_a_disconnected_client_is_not_run(serve, gate):
    running = serve(gate)
    for _ in range(MOST):
        running.client().send(get("/wait"))
    wait_for(lambda: len(gate.paths) == MOST)
    gone = running.client()
    gone.send(get("/gone"))
    wait_for(lambda: running.server.threads.waiting == 1)
    gone.socket.close()
    wait_for(lambda: running.server.threads.waiting == 0)
    gate.opened.set()
    assert status_of(running.client().ask(get("/"))) == 200
    assert "/gone" not in gate.paths


def test_request_that_waits_too_long_for_a_thread_is_refused(serve, gate):
    running = serve(gate)
    for _ in range(MOST):
        running.client().send(get("/wait"))
    wait_for(lambda: len(gate.paths) == MOST)
    waiting = running.client()
    waiting.send(get("/v1/scim/x"))
    wait_for(lambda: running.server.threads.waiting == 1)
    running.pass_time(limits.QUEUE_SECONDS + 1)
    answer = waiting.read_all()
    assert status_of(answer) == 429
    assert b"\r\nRetry-After: 2\r\n" in answer


def test_full_queue_refuses_with_retry_after(serve, gate):
    running = serve(gate)
    clients = [running.client() for _ in range(limits.MAX_WAITING + limits.THREADS)]
    for client in clients[:MOST]:
        client.send(get("/wait"))
    wait_for(lambda: len(gate.paths) == MOST)
    for client in clients[MOST:]:
        client.send(get("/wait"))
    wait_for(lambda: running.server.threads.waiting == limits.MAX_WAITING)
    gate.opened.set()
    statuses = [status_of(client.read_all()) for client in clients]
    assert statuses.count(200) == limits.MAX_WAITING + MOST
    assert statuses.count(429) == limits.SPARE_THREADS


def test_drained_server_answers_its_remaining_requests(serve, gate):
    running = serve(gate)
    idle, client = running.client(), running.client()
    client.send(get("/wait", close=False))
    wait_for(lambda: gate.paths)
    running.drain()
    assert idle.read_all() == b""
    gate.opened.set()
    answer = client.read_all()
    assert status_of(answer) == 200
    assert b"\r\nConnection: close\r\n" in answer
    with pytest.raises(ConnectionRefusedError):
        running.client()


def test_client_that_pipelines_without_reading_is_served_one_response_at_a_time(serve):
    called = []

    def counted(environ, start_response):
        called.append(environ["PATH_INFO"])
        return large(environ, start_response)

    running = serve(counted)
    client = running.client()
    client.send(b"".join(get(f"/{number}", close=False) for number in range(5)) + get("/health/live"))
    wait_for(lambda: client_states(running) == ["WRITING"])
    assert called == ["/0"]
    assert client.read_all().endswith(b"\r\n\r\nok")
    assert called == [f"/{number}" for number in range(5)]
