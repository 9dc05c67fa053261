"""`kill -9` of the worker during an initial cycle, while the application fails one request in ten."""

import json
import multiprocessing
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connections
from django.db.models import Count
from django.db.models.functions import Now

from controlhub.security.networks import AllowedNetwork
from directory.engine.running import run_due_cycles
from directory.models import Link, Operation, Outcome, SyncState
from tests import servers
from tests.directory.engine.conftest import World
from tests.directory.engine.target import URL, Target, refused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
PEOPLE, KILLS = 200, 5
FORK = multiprocessing.get_context("fork")
"""A worker that is started again needs ten seconds of a busy machine before its first request."""


class Faults:
    """One request in ten gets 429, 500, silence until the client gives up, no connection, or its answer is lost."""

    KINDS = ("429", "500", "500", "dropped", "lost", "lost")

    def __init__(self, seed):
        self.random, self.counts, self.is_on, self.silences = random.Random(seed), {}, True, 0
        self.given_up = threading.Event()

    def next(self):
        if not self.is_on or self.random.random() >= 0.1:
            return ""
        kind = "silent" if not self.silences else self.random.choice(self.KINDS)
        self.silences += kind == "silent"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return kind


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target, faults = self.server.target, self.server.faults
        with target.lock:
            fault = faults.next()
        if fault == "silent":
            faults.given_up.wait(30)
        if fault in {"silent", "dropped"}:
            return self.hang_up()
        if fault in {"429", "500"}:
            answer = refused(int(fault), **({"Retry_After": "1"} if fault == "429" else {}))
        else:
            answer = target.request(self.command, URL + self.path, data)
        return self.hang_up() if fault == "lost" else self.send(answer)

    def send(self, answer):
        self.send_response(answer.status_code)
        for name, value in {**answer.headers, "Content-Length": len(answer.content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer.content)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass


for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{method}", Handler.answer)


@pytest.fixture
def served(db):
    """A model of a SCIM service behind a socket."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.target, server.faults = Target(), Faults(7)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.faults.given_up.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def world(served, settings):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    world = World(served.target)
    world.configure(tenant_url=f"http://127.0.0.1:{served.server_port}")
    world.application.keep_secret("a secret token of some length")
    world.application.save()
    return world


def work():
    """A process that runs cycles as a worker does, with connections of its own."""
    connections.close_all()
    worker = FORK.Process(target=run_due_cycles, kwargs={"seconds": 30})
    worker.start()
    return worker


def was_killed(worker, target, *, requests):
    """Kill it after this number of requests. Returns whether it was still working."""
    wanted = len(target.requests) + requests
    servers.wait_for(lambda: len(target.requests) >= wanted or not worker.is_alive())
    is_working = worker.is_alive()
    worker.kill()
    worker.join()
    return is_working


def let_go():
    """What time does: the lease of a killed worker ends, and what failed may be tried again."""
    SyncState.objects.update(claimed_until=Now(), try_at=Now(), next_at=Now())
    Operation.objects.update(try_at=Now())


def test_killed_workers_and_failing_requests_end_as_planned_without_duplicates(world, served):
    people, target = world.people(PEOPLE), served.target
    groups = [world.group(f"Group {each}", *people[each::4]) for each in range(4)]
    world.assign(*groups)
    kills = 0
    while kills < KILLS:
        let_go()
        kills += was_killed(work(), target, requests=random.Random(kills).randrange(15, 60))
    assert set(served.faults.counts) >= {"429", "500", "lost", "silent"}
    served.faults.is_on = False
    served.faults.given_up.set()
    for _ in range(6):
        let_go()
        worker = work()
        servers.wait_for(lambda worker=worker: not worker.is_alive())
        if not Operation.objects.exists():
            break
    assert_as_planned(world, target, people)


def assert_as_planned(world, target, people):
    assert not Operation.objects.exists(), list(Operation.objects.values())
    assert sorted(user["userName"] for user in target.users.values()) == [each.user_principal_name for each in people]
    for number in range(4):
        assert target.members_of(f"Group {number}") == {each.user_principal_name for each in people[number::4]}
    assert len(target.groups) == 4
    assert Link.objects.count() == PEOPLE + 4
    assert not Link.objects.values("remote_id").annotate(n=Count("id")).filter(n__gt=1)
    explained = set(Outcome.objects.filter(status="success").values_list("object_id", flat=True))
    assert explained >= set(Link.objects.values_list("local_id", flat=True))
    for outcome in Outcome.objects.filter(status="failure"):
        assert outcome.code
        assert outcome.details["request"]["path"], json.dumps(outcome.details)
