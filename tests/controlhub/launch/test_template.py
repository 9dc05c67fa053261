"""The template process: processes forked from it are as independent as executed ones."""

import os
import signal
import subprocess
import sys

import pytest

from controlhub.launch import forks, services
from controlhub.launch.errors import StartError
from controlhub.launch.supervised import ProcessService
from controlhub.launch.template import Template, Templates
from tests import servers

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks services"),
]
READY_WITHIN = 60


@pytest.fixture
def templates(tmp_path):
    """Templates of a small program. Modules in a folder replace ours."""
    (tmp_path / "three.py").write_text("import sys; print('hello', *sys.argv[1:]); sys.exit(3)")
    (tmp_path / "waiting.py").write_text("import signal; print('waiting'); signal.pause()")
    env = servers.environment(PYTHONPATH=f"{servers.ROOT}{os.pathsep}{tmp_path}", PYTHONUNBUFFERED="1")
    with Templates(env) as found:
        yield found


def service(templates, *words):
    started = ProcessService("example", [sys.executable, "-m", *words], templates.spawn)
    started.start()
    return started


def end_of(started):
    return servers.wait_for(started.end_reason, seconds=READY_WITHIN, message="it did not end")


def test_forked_process_passes_on_output_and_exit_code(templates, capsys):
    assert end_of(service(templates, "three", "neo")) == "exit code 3"
    servers.wait_for(lambda: "| hello neo" in capsys.readouterr().out, message="its output was not printed")


def test_killed_forked_process_is_reported(templates, capsys):
    started = service(templates, "waiting")
    servers.wait_for(lambda: "waiting" in capsys.readouterr().out, seconds=READY_WITHIN)
    started.kill()
    assert end_of(started) == "killed by SIGKILL"


def test_stop_before_the_start_ends_the_process(templates):
    """The launcher is stopped while the code is being loaded."""
    started = service(templates, "waiting")
    started.request_stop()
    assert end_of(started) == "killed by SIGTERM"


def test_services_survive_their_template_and_a_new_one_can_fork(templates, capsys):
    first = service(templates, "waiting")
    servers.wait_for(lambda: "waiting" in capsys.readouterr().out, seconds=READY_WITHIN)
    os.kill(templates._current._process.pid, signal.SIGKILL)
    servers.wait_for(templates._current.end_reason, message="the template did not end")
    assert first.end_reason() is None
    assert end_of(service(templates, "three")) == "exit code 3"
    first.kill()
    assert end_of(first)


def test_renewed_template_replaces_the_old_one_and_keeps_its_processes(templates, capsys):
    first = service(templates, "waiting")
    servers.wait_for(lambda: "waiting" in capsys.readouterr().out, seconds=READY_WITHIN)
    old = templates._current
    templates.renew()
    assert templates._current is not old
    assert first.end_reason() is None
    first.request_stop()
    assert end_of(first) == "killed by SIGTERM"
    servers.wait_for(lambda: templates.forget_ended() or not templates._retired, message="the old template did not end")
    assert old.end_reason() == "exit code 0"


def test_code_that_cannot_be_loaded_is_reported(tmp_path):
    template = Template(servers.environment(DJANGO_SETTINGS_MODULE="no.such.module"))
    with pytest.raises(StartError, match="could not be loaded"):
        template.wait_until_ready()
    template.close()


def test_template_has_no_connection_no_thread_and_no_kind():
    program = (
        "import sys, threading; from controlhub.launch import forks; forks.load(); "
        "from django.db import connections; from controlhub.database import limits; "
        "print(threading.active_count(), [c for c in connections.all(initialized_only=True) if c.connection], "
        "limits._kind == limits.COMMANDS)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=servers.ROOT,
        env=servers.environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split("\n")[0] == "1 [] True"


def test_launcher_does_not_load_django():
    """It would use 45 MiB more for as long as the service runs."""
    program = (
        "import sys; import controlhub.launch.__main__; print([n for n in ('django', 'psycopg') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=servers.ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_modules_of_services_are_loaded_before_the_fork():
    programs = {"celery", "controlhub.web.process"}
    assert {command[2] for command in services.commands(servers.ROOT).values()} <= programs
    assert "controlhub.tasks" in forks.MODULES
