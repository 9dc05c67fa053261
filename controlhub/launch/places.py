"""VAR_DIR: the folder for this deployment's own files, used by one launcher at a time."""

import fcntl
import os
import secrets
import stat
from pathlib import Path
from typing import IO

from controlhub.launch.errors import StartError

FOLDERS = (
    "audit",
    "secrets",
    "run",
    "beat",
    "static",
    "mail",
    "broker",
    "broker/queue",
    "broker/processed",
    "broker/control",
)
FOLDER_MODE, FILE_MODE = 0o700, 0o600
UMASK = 0o077
"""The umask of every process that `make run` starts: only this user can read the files that they create."""


def prepare(var_dir: Path) -> None:
    """Create the folders in VAR_DIR, which only this user can read. StartError if VAR_DIR is not writable.

    VAR_DIR itself keeps its mode, or gets that of the umask: if we are root, PostgreSQL's user must be able to enter
    it.
    """
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (var_dir / name).mkdir(exist_ok=True)
            _make_private(var_dir / name)
        probe = var_dir / "run" / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"VAR_DIR {var_dir} is not writable ({error.strerror}). "
            "Give this user access to the folder, or set VAR_DIR to another one."
        ) from error


def _make_private(folder: Path) -> None:
    """Remove permissions of others that an earlier release, or another umask, has left."""
    folder.chmod(FOLDER_MODE)
    for path in folder.rglob("*"):
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & UMASK:
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)


def lock(var_dir: Path) -> IO[str]:
    """Acquire the launcher's lock on VAR_DIR, held while the returned file is open. StartError if another holds it.

    The process owns the lock, not the open file: if we are killed, our child processes must not keep it.
    """
    file = (var_dir / "run" / "lock").open("w")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        file.close()
        raise StartError(
            f"Control Hub is already running in {var_dir}. Stop it first, or set VAR_DIR and PORT for a second one."
        ) from None
    return file


def keep_secret(file: Path, value: str | None = None) -> str:
    """Returns the secret in `file`, which only this user can read. Writes `value`, or a new secret if there is none."""
    if value is None and file.exists():
        return file.read_text().strip()
    text = value or secrets.token_urlsafe(48)
    partial = file.with_name(f"{file.name}.new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.write(text)
    partial.replace(file)
    return text
