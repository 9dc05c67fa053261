"""A held row lock and a stopped PostgreSQL: real servers respond with 503 in time and recover by themselves."""

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx2
import psutil
import psycopg
import pytest

from controlhub.launch.cluster import Cluster
from tests import factories, servers

MOST_SECONDS = 5


def assert_in_time(*answers):
    """No response takes longer than the service promises while the database fails."""
    assert max(answer.elapsed.total_seconds() for answer in answers) < MOST_SECONDS


def assert_unavailable(answer):
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True), answer.text


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_write_to_a_locked_row_gets_503_while_reads_work(site):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    user = factories.make_user(organization)
    path = f"/v1/scim/{organization.pk}/Users"
    rename = factories.patch_body({"op": "replace", "path": "title", "value": "Ms."})
    answers = []
    with (
        httpx2.Client(base_url=site, headers={"Authorization": f"Bearer {secret}"}, timeout=30) as http,
        psycopg.connect(servers.database_url()) as other,
    ):
        other.execute("SELECT 1 FROM controlhub_user WHERE id = %s FOR UPDATE", [user.pk])
        write = threading.Thread(target=lambda: answers.append(http.patch(f"{path}/{user.pk}", json=rename)))
        write.start()
        reads = 0
        while write.is_alive():
            assert http.get(path).status_code == 200
            reads += 1
        write.join()
        assert_unavailable(answers[0])
        assert_in_time(*answers)
        assert reads > 10, "reads went on meanwhile"
        other.rollback()
        assert http.patch(f"{path}/{user.pk}", json=rename).status_code == 200


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_many_writers_of_a_locked_row_do_not_delay_reads(site):
    """Two threads and six writers that keep retrying: each gets 503 in time, and reads are not blocked."""
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    user = factories.make_user(organization)
    path = f"/v1/scim/{organization.pk}/Users"
    rename = factories.patch_body({"op": "replace", "path": "title", "value": "Ms."})
    options = {"headers": {"Authorization": f"Bearer {secret}"}, "timeout": 30}
    over, answers, reads = threading.Event(), [], []
    with psycopg.connect(servers.database_url()) as other:

        def write():
            with httpx2.Client(base_url=site, **options) as http:
                while not over.is_set():
                    answers.append(http.patch(f"{path}/{user.pk}", json=rename))
                    over.wait(0.1)

        other.execute("SELECT 1 FROM controlhub_user WHERE id = %s FOR UPDATE", [user.pk])
        writers = [threading.Thread(target=write) for _ in range(6)]
        for writer in writers:
            writer.start()
        with httpx2.Client(base_url=site, **options) as http:
            servers.wait_for(lambda: len(answers) >= 2, message="the first two did not give up")
            while len(answers) < 30 or len(reads) < 60:
                reads.append(http.get(path))
        over.set()
        for writer in writers:
            writer.join()
        for answer in answers:
            assert_unavailable(answer)
        assert_in_time(*answers)
        assert {answer.status_code for answer in reads} == {200}
        assert sorted(answer.elapsed.total_seconds() for answer in reads)[len(reads) * 9 // 10] < 1
        other.rollback()


@contextmanager
def own_cluster(folder):
    """A separate PostgreSQL with an empty database. Yields its server process and the environment to connect to it."""
    cluster = Cluster(folder / "postgres", folder / "secrets", durable=False)
    cluster.start()
    try:
        cluster.make_database()
        server = psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))
        env = servers.environment(DATABASE_URL=cluster.owner_url, DJANGO_SETTINGS_MODULE="controlhub.settings")
        yield server, env
    finally:
        cluster.stop()


@contextmanager
def stopped(server):
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def manage(env, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=servers.ROOT, env=env, check=True, capture_output=True, text=True).stdout


def ask(server, path, headers, number, answers):
    """A read, a write and a health check by one client."""
    with httpx2.Client(base_url=server, headers=headers, timeout=60) as http:
        answers += [http.get(path), http.post(path, json={"userName": f"u{number}@x.org"})]
        answers.append(http.get("/health/ready"))


@pytest.fixture
def stoppable(tmp_path):
    """A PostgreSQL that can be stopped, a web server that uses it, the path of its users, and headers with a token."""
    (tmp_path / "secrets").mkdir()
    with own_cluster(tmp_path) as (postgres, env):
        manage(env, "migrate", "--verbosity=0")
        organization = json.loads(manage(env, "create_organization", "Zion", "--json"))["id"]
        secret = json.loads(manage(env, "create_token", organization, "--name", "x", "--json"))["token"]
        with servers.web_server(DATABASE_URL=env["DATABASE_URL"]) as server:
            yield postgres, server, f"/v1/scim/{organization}/Users", {"Authorization": f"Bearer {secret}"}


@pytest.mark.processes
@pytest.mark.django_db
def test_stopped_postgresql_causes_503_in_time_and_recovery_without_restart(stoppable):
    """Over a Unix socket, where TCP timeouts do not apply; then again, with more clients than threads."""
    postgres, server, path, headers = stoppable
    with httpx2.Client(base_url=server, headers=headers, timeout=30) as http:
        for clients in (1, 8):
            assert http.get(path).status_code == 200
            with stopped(postgres):
                answers = []
                numbers = range(clients)
                threads = [threading.Thread(target=ask, args=(server, path, headers, n, answers)) for n in numbers]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(answers) == 3 * clients
                for answer in answers:
                    assert_unavailable(answer)
                assert_in_time(*answers)
                assert http.get("/health/live").status_code == 200
            assert servers.wait_for(lambda: http.get("/health/ready").status_code == 200, seconds=MOST_SECONDS)
            assert http.get(path).status_code == 200
            assert http.post(path, json={"userName": f"after{clients}@x.org"}).status_code == 201
