"""Threads send responses themselves. No response is lost, duplicated or sent to another client."""

import socket
import threading

import pytest

from tests.controlhub.web.test_requests import body_of, get

CLIENTS, REQUESTS = 8, 60


def in_threads(work, number):
    """Call `work` with 0, 1, … in parallel. Returns the errors."""
    failures = []

    def run(index):
        try:
            work(index)
        except (AssertionError, OSError) as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.parametrize("ahead", [0, 10, 10_000], ids=["nothing", "part of the next", "all of the next"])
def test_each_request_is_answered_once_while_more_arrive(serve, ahead):
    running = serve()
    clients = [running.client() for _ in range(CLIENTS)]

    def talk(index):
        client, found = clients[index], b""
        requests = [get(f"/{index}-{number}", close=False) for number in range(REQUESTS)]
        client.send(requests[0])
        for number, following in enumerate([*requests[1:], get("/last")]):
            client.send(following[:ahead])
            while f"GET /{index}-{number}? ".encode() not in found:
                found += client.read_until(b"GET ")
                found += client.read_until(b"? ") if not found.endswith(b"? ") else b""
            client.send(following[ahead:])
        found += client.read_all()
        paths = [answer.partition(b"?")[0].decode() for answer in found.split(b"GET ")[1:]]
        assert paths == [*(f"/{index}-{number}" for number in range(REQUESTS)), "/last"]

    assert in_threads(talk, CLIENTS) == []


@pytest.mark.parametrize(
    "size", [60_000, 600_000, 2_000_000], ids=["a short page", "a long page", "too long for a thread"]
)
def test_response_read_in_parts_arrives_complete(serve, size):
    def large(environ, start_response):
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode() * (size // 2)]

    running = serve(large)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    client.settimeout(10)
    client.connect(running.address)
    client.sendall(get("/a", close=False) + get("/b", close=False) + get("/c"))
    found = b"".join(iter(lambda: client.recv(16_000), b""))
    client.close()
    assert found.count(b"HTTP/1.1 200 OK") == 3
    assert [found.count(name) for name in (b"/a", b"/b", b"/c")] == [size // 2] * 3


def test_response_to_a_closed_connection_does_not_reach_another_client(serve):
    """The file descriptor of a closed socket is reused for the next connection."""
    running = serve()

    def talk(index):
        for number in range(REQUESTS):
            with socket.create_connection(running.address, timeout=10) as client:
                client.sendall(get(f"/{index}-{number}", close=False))
                if index % 2:  # the others disconnect before their response
                    client.sendall(get("/end"))
                    answers = b"".join(iter(lambda: client.recv(65_536), b""))
                    assert body_of(answers).startswith(f"GET /{index}-{number}? ".encode())
                    assert answers.count(b"GET ") == 2

    assert in_threads(talk, CLIENTS) == []
