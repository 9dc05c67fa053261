"""A Control Hub as started by `make run`, in its own folder: start it, stop it, kill it and inspect it.

The checkout can be another one, such as a worktree of an older release. Then its launcher, programs, seed and virtual
environment are used.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

from bench.stack import ROOT, free_port

START_SECONDS = 300
STOP_SECONDS = 90
READY = "Stop with Ctrl-C"
SERVICES = {"web": {"controlhub.web.process", "granian"}, "worker": {"worker"}, "beat": {"beat"}}
"""Maps a service to words in its command line, including those of older releases."""
NAMES = {"web": "web", "core": "worker", "outbound": "worker", "long": "worker", "beat": "beat"}
"""Maps the name of a process to its service. The name of a web process also contains a number."""
STARTED_ONCE: tuple[Path, str] | None = None
"""A VAR_DIR without running processes, which is copied, and its token. Tests set it because a first start is slower."""
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


class ControlHub:
    """One deployment. `settings` are environment variables of the launcher."""

    def __init__(self, folder: Path, *, checkout: Path = ROOT, **settings: str) -> None:
        self.checkout, self.var_dir, self.port = checkout.resolve(), folder / "var", free_port()
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.env = inherited | {"VAR_DIR": str(self.var_dir), "PORT": str(self.port), **settings}
        self.log = folder / "log"
        own = self.checkout / ".venv" / "bin" / "python"
        self.interpreter = str(own) if own.exists() else sys.executable
        self.welcome: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    # --- the launcher ---------------------------------------------------------------------------------------

    def start(self) -> float:
        """Start the launcher and wait until it is ready. Returns the number of seconds."""
        began, position = time.monotonic(), self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = self._popen(log)
        wait_for(lambda: self._is_ready(position), seconds=START_SECONDS, message="Control Hub was not ready")
        text = self._output(position)
        found = re.findall(r"^  (Portal|Organization ID|Tenant URL|Secret token) +(\S+)$", text, re.MULTILINE)
        self.welcome = dict(found) | {name: value for name, value in self.welcome.items() if name == "Secret token"}
        return time.monotonic() - began

    def _popen(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        command = [self.interpreter, "-m", "controlhub.launch"]
        return subprocess.Popen(command, cwd=self.checkout, env=self.env, stdout=log, stderr=subprocess.STDOUT)

    def _is_ready(self, position: int) -> bool:
        if self.launcher.poll() is not None:
            raise RuntimeError(f"the launcher ended:\n{self._output(position)[-2000:]}")
        return READY in self._output(position)

    def _output(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")

    @property
    def launcher(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("it was not started")
        return self._process

    def stop(self) -> int:
        """Stop everything. Returns the launcher's exit code."""
        if self.launcher.poll() is None:
            self.launcher.send_signal(signal.SIGTERM)
        return self.launcher.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Kill the launcher. The processes that it started keep running."""
        self.launcher.kill()
        self.launcher.wait()

    def kill_all(self) -> None:
        """Kill all remaining processes of this deployment."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("VAR_DIR") == str(self.var_dir):
                    process.kill()
        with suppress(psutil.Error, OSError, ValueError):
            self.postmaster().kill()
        if self._process:
            self._process.wait()

    # --- its processes --------------------------------------------------------------------------------------

    def services(self) -> dict[str, psutil.Process]:
        """Maps names to the processes that the launcher started. A second one is `web2`, `worker2`, and so on."""
        found: dict[str, psutil.Process] = {}
        with suppress(psutil.Error):
            for name, process in _services_below(psutil.Process(self.launcher.pid)):
                count = sum(known.startswith(name) for known in found)
                found[f"{name}{count + 1}" if count else name] = process
        return found

    def web(self) -> list[psutil.Process]:
        """The processes of the web server: those started by the launcher and their descendants."""
        found = []
        for name, process in self.services().items():
            if name.startswith("web"):
                with suppress(psutil.Error):
                    found += [process, *process.children(recursive=True)]
        return found

    def web_workers(self) -> list[psutil.Process]:
        """The web server processes that answer requests."""
        workers = []
        for process in self.web():
            with suppress(psutil.Error):
                words = process.cmdline()
                is_manager = "granian" in map(os.path.basename, words) and process.children()
                if not is_manager and "resource_tracker" not in " ".join(words):
                    workers.append(process)
        return workers

    def postmaster(self) -> psutil.Process:
        text = (self.var_dir / "postgres" / "data" / "postmaster.pid").read_text()
        return psutil.Process(int(text.split()[0]))

    def answers(self, path: str = "/health/ready") -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    # --- its database ---------------------------------------------------------------------------------------

    @property
    def database_url(self) -> str:
        """The database URL of the portal's role."""
        return (self.var_dir / "secrets" / "database_url").read_text()

    @property
    def owner_url(self) -> str:
        password = (self.var_dir / "secrets" / "database_owner_password").read_text()
        return re.sub("controlhub_runtime:[^@]*", f"controlhub_owner:{password}", self.database_url)

    def python(self, code: str, *arguments: str) -> str:
        """Run code from the checkout with Django set up, as the database owner. Returns its output."""
        return self._run("-c", f"import django; django.setup()\n{code}", *arguments)

    def manage(self, *arguments: str) -> str:
        """Run a management command. Returns its output."""
        return self._run("manage.py", *arguments)

    def _run(self, *arguments: str) -> str:
        env = self.env | {"DJANGO_SETTINGS_MODULE": "controlhub.settings", "DATABASE_URL": self.owner_url}
        command = [self.interpreter, *arguments]
        done = subprocess.run(command, cwd=self.checkout, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{arguments[:2]} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def populate(self, users: int) -> dict[str, str]:
        """Create an organization with this many users using the checkout's seed. Returns `organization` and `token`."""
        return dict(json.loads(self.python(POPULATE, str(users)).splitlines()[-1]))


POPULATE = """
import json, sys
from bench.seed import populate
people = populate(int(sys.argv[1]), ())
print(json.dumps({"organization": str(people.organization.pk), "token": people.token}))
"""


def _services_below(process: psutil.Process) -> Iterator[tuple[str, psutil.Process]]:
    """The topmost descendants that are services. An older launcher started them through a shell."""
    for child in process.children():
        try:
            name = _service_name(child.name(), child.cmdline())
        except psutil.Error:
            continue
        if name:
            yield name, child
        else:
            yield from _services_below(child)


def _service_name(name: str, words: list[str]) -> str | None:
    """The service with this name or, in older releases, this command line."""
    if found := NAMES.get(name.partition("-")[0]):
        return found
    programs = [Path(part).name for part in words[:8]]
    return next((name for name, words in SERVICES.items() if not words.isdisjoint(programs)), None)


@contextmanager
def running(*, checkout: Path = ROOT, folder: Path | None = None, **settings: str) -> Iterator[ControlHub]:
    """Start a Control Hub in a new folder or in the given one, and remove everything at the end."""
    place = folder or Path(tempfile.mkdtemp(prefix="chub-"))
    place.chmod(0o755)  # if run by root: the unprivileged user of PostgreSQL must be able to traverse the folder
    hub = ControlHub(place, checkout=checkout, **settings)
    if STARTED_ONCE:
        source, hub.welcome["Secret token"] = STARTED_ONCE
        subprocess.run(["cp", "--archive", source, hub.var_dir], check=True)
    try:
        hub.start()
        yield hub
    finally:
        with suppress(Exception):
            hub.stop()
        hub.kill_all()
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def wait_for(condition, *, seconds: float, message: str):  # type: ignore[no-untyped-def]
    """Call `condition` repeatedly and return its first true result."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"{message} within {seconds:.0f} s")
