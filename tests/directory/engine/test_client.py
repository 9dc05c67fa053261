"""The client on its own: request rate, waiting times, and that it connects only to the application."""

import socket
import threading
from contextlib import nullcontext

import pytest

from controlhub.security import outbound
from controlhub.security.networks import AllowedNetwork
from directory.engine import client as module
from directory.engine.batches import AT_ONCE
from directory.engine.client import Habits, Pace, TargetClient
from directory.engine.errors import RequestFailedError
from directory.engine.probing import run_connection_test
from directory.models import Application
from directory.provisioning.plan import Kind
from tests.directory.engine.target import Target, refused

TOKEN = "a secret token of some length"


class Clock:
    """A clock whose time passes only during a sleep."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def client(monkeypatch):
    target = Target()
    monkeypatch.setattr(module, "open_session", target)
    client = TargetClient("https://scim.example.com/v1", TOKEN, Habits(), Pace())
    client.target = target
    return client


def test_request_rate_of_a_template_is_respected(clock, client):
    client.pace = Pace(per_second=5)
    for _ in range(11):
        client.probe()
    assert clock.now - 100 == pytest.approx(2.0)


def test_short_wait_is_waited_out_and_a_long_one_ends_the_turn(clock, client):
    client.target.fault = lambda *_: refused(429, Retry_After="1")
    with pytest.raises(RequestFailedError):
        client.probe()
    client.target.fault = lambda *_: None
    client.probe()
    assert clock.slept == [1.0]
    client.target.fault = lambda *_: refused(429, Retry_After="120")
    with pytest.raises(RequestFailedError):
        client.probe()
    assert client.pace.is_over
    client.target.forget()
    with pytest.raises(RequestFailedError) as held:
        client.probe()
    assert held.value.seconds == pytest.approx(120)
    assert client.target.requests == []


@pytest.mark.parametrize("text", ["99999999", "999999999", "-5", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
def test_retry_after_is_limited(clock, client, text):
    client.target.fault = lambda *_: refused(429, Retry_After=text)
    with pytest.raises(RequestFailedError):
        client.probe()
    assert 0 < client.pace.held_until - clock.now <= module.MAX_WAIT


def test_number_of_concurrent_requests_is_exactly_the_limit(world, target):
    """Each thread waits for the others, as long as there are others."""
    barrier, most, now, lock = threading.Barrier(AT_ONCE), [0], [0], threading.Lock()

    def fault(method, path, number):
        if method != "POST":
            return
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        barrier.wait(20)
        with lock:
            now[0] -= 1

    target.fault, target.lock = fault, nullcontext()
    world.assign(*world.people(2 * AT_ONCE))
    assert world.cycle().failures == 0
    assert most[0] == AT_ONCE


# --- destinations ---
HOSTILE = [
    "http://127.0.0.1:{port}/scim",
    "https://127.0.0.1:{port}/scim",
    "https://localhost:{port}/scim",
    "https://[::1]:{port}/scim",
    "https://[::ffff:127.0.0.1]:{port}/scim",
    "https://2130706433:{port}/scim",
    "https://0x7f.1:{port}/scim",
    "https://0.0.0.0:{port}/scim",
    "https://scim.example.com@127.0.0.1:{port}/scim",
    "https://scim.example.com:443@127.0.0.1:{port}/scim",
    "https://127.0.0.1:{port}#@scim.example.com/scim",
    "https://inside.example.com/scim",
    "https://inside.example.com:{port}/scim",
    "https://mixed.example.com/scim",
]


@pytest.fixture
def listener(monkeypatch):
    """A socket that counts connections. All connections of this process lead to it, whatever their destination."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def connections(listener):
    found = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


@pytest.fixture
def names(monkeypatch, listener):
    """Resolve names to internal addresses, and connect to the listener's port instead of 443."""
    original = socket.getaddrinfo
    inside = {"inside.example.com": ["127.0.0.1"], "mixed.example.com": ["1.1.1.1", "127.0.0.1"]}
    asked = []

    def resolve(host, port, *args, **kwargs):
        asked.append(host)
        if host not in inside:
            return original(host, port, *args, **kwargs)
        answer = inside[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, listener.getsockname()[1])) for each in answer]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("url", HOSTILE)
def test_no_connection_is_made_to_the_internal_network(listener, names, url):
    """Even if such a URL is stored: by a cycle, by provisioning on demand and by Test Connection."""
    url = url.format(port=listener.getsockname()[1])
    with TargetClient(url, TOKEN, Habits(), Pace()) as client, pytest.raises(RequestFailedError):
        client.probe()
    assert not run_connection_test(url, TOKEN).is_ok
    assert connections(listener) == 0


def test_name_is_resolved_once_for_each_connection(listener, monkeypatch, settings):
    """The connection goes to the address that was checked. A second, different DNS response is never requested."""
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.1")]
    port = listener.getsockname()[1]
    answers = iter(["10.0.0.5"])

    def resolve(host, its_port, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
    with (
        TargetClient(f"http://rebound.example.com:{port}", TOKEN, Habits(), Pace()) as client,
        pytest.raises(RequestFailedError),
    ):
        client.probe()
    assert connections(listener) == 0


def test_redirects_and_urls_in_responses_are_not_followed(listener, settings, client):
    port = listener.getsockname()[1]
    client.target.fault = lambda *_: refused(302, Location=f"http://127.0.0.1:{port}/")
    with pytest.raises(RequestFailedError):
        client.probe()
    client.target.fault = lambda *_: None
    location = f"http://127.0.0.1:{port}/Users/1"
    client.target.add_user(userName="ada@example.com", meta={"location": location}, **{"$ref": location})
    (found,) = client.find(Kind.PERSON, "userName", "ada@example.com")
    client.read(Kind.PERSON, found.id)
    client.read(Kind.PERSON, location)
    assert connections(listener) == 0


def test_only_these_directory_fields_are_urls():
    """A new one has to be tested like the Tenant URL."""
    assert [field.name for field in Application._meta.get_fields() if "url" in field.name] == ["tenant_url"]
