"""The web server in this process, with an application of the test and a clock that the test controls."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest
import uvloop

from controlhub.web.server import Server
from tests.servers import wait_for


def echo(environ, start_response):
    """Responds with the request: method, path, query and body."""
    body = environ["wsgi.input"].read()
    line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']} ".encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [line + body]


class Client:
    """Sends raw bytes to the server and receives raw bytes."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def read_until(self, text):
        found = b""
        while text not in found:
            piece = self.socket.recv(65_536)
            assert piece, f"closed after {found!r}"
            found += piece
        return found

    def read_all(self):
        """Read until the server closes the connection."""
        found = b""
        while piece := self.socket.recv(65_536):
            found += piece
        return found

    def ask(self, data):
        """Send a request whose response closes the connection."""
        self.send(data)
        return self.read_all()


class Running:
    def __init__(self, server, address, clock):
        self.server, self.address, self.clock, self.clients = server, address, clock, []

    def client(self):
        self.clients.append(Client(self.address))
        return self.clients[-1]

    def pass_time(self, seconds):
        self.clock[0] += seconds

    def drain(self):
        """Does nothing if the server has already stopped."""
        with suppress(RuntimeError):
            self.server._loop.call_soon_threadsafe(self.server.drain)


@contextmanager
def served(application):
    listener = socket.create_server(("127.0.0.1", 0))
    address, clock = listener.getsockname(), [1_000.0]
    server = Server(application, listener, session_cookie="session", clock=lambda: clock[0], sweep_seconds=0.02)
    thread = threading.Thread(target=lambda: uvloop.run(server.run()))
    thread.start()
    running = Running(server, address, clock)
    try:
        yield running
    finally:
        for client in running.clients:
            client.socket.close()
        running.drain()
        wait_for(lambda: not thread.is_alive(), message="the server did not end")


@pytest.fixture
def serve():
    """Returns a function that serves an application until the test ends."""
    open_servers = []

    def start(application=echo):
        manager = served(application)
        running = manager.__enter__()
        open_servers.append(manager)
        return running

    yield start
    for manager in reversed(open_servers):
        manager.__exit__(None, None, None)
