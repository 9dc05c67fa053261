"""`make run` in practice: start, use, stop, kill, restart, and the messages when it cannot start."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests import servers
from tests.conftest import cannot_run
from tests.controlhub.launch.test_permissions import modes_open_to_others

pytestmark = pytest.mark.processes
NOBODY = "nobody"
HOLD_LOCK = """
import sys, pathlib
from controlhub.launch import places
lock = places.lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def var_dir():
    """A folder that the unprivileged user can reach, like /srv or a home directory with mode 755."""
    folder = Path(tempfile.mkdtemp(prefix="chub-"))
    folder.chmod(0o755)
    yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


def environment(var_dir, **more):
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
    return kept | {"VAR_DIR": str(var_dir), "PORT": str(servers.free_port()), **more}


def as_user(name, var_dir):
    """Options of Popen to run as another user, who becomes the owner of the folder."""
    if name is None:
        return {}
    user = pwd.getpwnam(name)
    os.chown(var_dir.parent, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def launched(env, log, **options):
    command = [sys.executable, "-m", "controlhub.launch"]
    return servers.process(*command, env=env, stdout=log, stderr=subprocess.STDOUT, **options)


def text_of(log):
    return Path(log.name).read_text()


def until_ready(started, log):
    def ready():
        assert started.poll() is None, text_of(log)
        return "Stop with Ctrl-C" in text_of(log)

    servers.wait_for(ready, seconds=90, message="Control Hub was not ready")
    return dict(re.findall(r"^  (Portal|Organization ID|Tenant URL|Secret token) +(\S+)$", text_of(log), re.MULTILINE))


def left_behind(var_dir):
    """Processes of this VAR_DIR, found by their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("VAR_DIR") == str(var_dir):
                found.append(process.cmdline())
        except psutil.Error:
            continue
    return found


def ask(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def require_user(name):
    """Skip unless we can become this user, and this user can run our Python. tests/tiers.py allows the skip in CI."""
    if os.geteuid() != 0:
        pytest.skip("only root starts processes as another user")
    user = pwd.getpwnam(name)
    try:
        subprocess.run([sys.executable, "-c", ""], user=user.pw_uid, group=user.pw_gid, extra_groups=[], check=True)
    except PermissionError:
        pytest.skip(f"{name} cannot run {sys.executable}")


def send_a_mail(env, options):
    """Uses the product's own settings, in a shell with the usual umask."""
    code = "from django.core.mail import send_mail; send_mail('subject', 'body', None, ['neo@example.com'])"
    env = env | {"DJANGO_SETTINGS_MODULE": "controlhub.settings"}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=servers.ROOT, check=True, umask=0o022, **options)


@pytest.mark.parametrize("user", [None, NOBODY])
def test_start_use_stop_kill_and_start_again(var_dir, user, tmp_path):
    if user:
        require_user(user)
    env, options = environment(var_dir), as_user(user, var_dir)
    with (tmp_path / "first").open("w") as log, launched(env, log, **options) as started:
        shown = until_ready(started, log)
        assert ask(f"{shown['Tenant URL']}/Users", shown["Secret token"])["totalResults"] == 1
        assert servers.answers(f"http://127.0.0.1:{env['PORT']}/sign-in/")
        check = [sys.executable, "manage.py", "check", "--database", "default"]
        assert subprocess.run(check, env=env, cwd=servers.ROOT, capture_output=True, check=True).returncode == 0
        send_a_mail(env, options)
        assert list((var_dir / "mail").iterdir())
        servers.wait_for(lambda: list((var_dir / "beat").iterdir()), message="beat wrote no schedule")
        assert modes_open_to_others(var_dir) == {}
        started.send_signal(signal.SIGINT)
        assert started.wait(30) == 0
    assert modes_open_to_others(var_dir) == {}
    assert left_behind(var_dir) == []

    with (tmp_path / "second").open("w") as log, launched(env, log, **options) as started:
        until_ready(started, log)
        assert ask(f"{shown['Tenant URL']}/Users", shown["Secret token"])["totalResults"] == 1, "the data is kept"
        started.kill()
        started.wait()
    with (tmp_path / "third").open("w") as log, launched(env, log, **options) as started:
        servers.wait_for(lambda: "Migrating" in text_of(log), seconds=90, message="the database did not start")
        assert servers.answers(f"http://127.0.0.1:{env['PORT']}/health/live"), "the old web server answers meanwhile"
        again = until_ready(started, log)
        assert again["Organization ID"] == shown["Organization ID"]
        assert "of an earlier run" in text_of(log)
        started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 0
    assert left_behind(var_dir) == []


def refusal(env):
    done = subprocess.run(
        [sys.executable, "-m", "controlhub.launch"],
        env=env,
        cwd=servers.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_used_port_is_refused(var_dir):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be used" in refusal(environment(var_dir, PORT=str(port)))


def test_rejects_invalid_port(var_dir):
    assert "PORT is 'eighty'" in refusal(environment(var_dir, PORT="eighty"))


def test_unwritable_var_dir_is_refused():
    assert "VAR_DIR /proc/nowhere is not writable" in refusal(environment(Path("/proc/nowhere")))


def test_unreachable_database_is_refused(var_dir):
    port = servers.free_port()
    env = environment(var_dir, DATABASE_URL=f"postgres://neo:secret@127.0.0.1:{port}/matrix")
    assert "The database at DATABASE_URL does not respond" in refusal(env)
    assert "secret" not in refusal(env)


def test_data_of_another_major_version_is_refused(var_dir):
    data = var_dir / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    assert "was created by PostgreSQL 16" in refusal(environment(var_dir))


def test_new_var_dir_can_replace_an_unreachable_one(var_dir):
    from controlhub.launch.cluster import Cluster

    if os.geteuid() != 0:
        cannot_run("only root has folders that the user of PostgreSQL cannot reach")
    homes = []
    try:
        for _ in range(2):
            var_dir.mkdir(mode=0o700)
            (var_dir / "secrets").mkdir(mode=0o700)
            cluster = Cluster(var_dir / "postgres", var_dir / "secrets", durable=False)
            homes.append(cluster.home)
            cluster.start()
            cluster.make_database()
            cluster.stop()
            assert Cluster(var_dir / "postgres", var_dir / "secrets").home == cluster.home
            assert var_dir.stat().st_mode & 0o777 == 0o700
            shutil.rmtree(var_dir)
    finally:
        for home in homes:
            shutil.rmtree(home)
    assert len(set(homes)) == 2


def test_second_start_on_the_same_var_dir_is_refused(var_dir):
    from controlhub.launch import places

    places.prepare(var_dir)
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD_LOCK,
            str(var_dir),
        ],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with held:
        held.stdout.readline()
        assert "already running in" in refusal(environment(var_dir))
        held.stdin.close()
