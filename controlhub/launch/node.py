"""`python -m controlhub.launch NAME`: one process of a deployment on several machines (docs/operations.md).

It becomes the process that `make run` would start under this name. What `make run` creates, the secrets and a database,
must already exist.
"""

import os
import sys
from pathlib import Path

from controlhub.launch import database, places, prepare, services
from controlhub.launch.errors import StartError
from controlhub.launch.progress import step

MIGRATE = "migrate"
WEB = "web"


def run(name: str, var_dir: Path) -> None:
    """Run one process, or migrate and return. StartError gives the reason if it cannot start."""
    commands = {WEB: [sys.executable, "-m", "controlhub.web"]} | services.commands(var_dir)
    if name not in {*commands, MIGRATE}:
        raise StartError(f"There is no process {name!r}. The names are {', '.join([*commands, MIGRATE])}.")
    places.prepare(var_dir)
    os.umask(places.UMASK)
    if name == MIGRATE:
        _migrate()
        return
    prepare.load()
    prepare.require_safety()
    if name == WEB:
        with step("Collecting static files"):
            prepare.collect_static()
    command = commands[name]
    os.execve(command[0], command, services.environment())  # noqa: S606 — our own command


def _migrate() -> None:
    if not os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_URL_FILE"):
        raise StartError("Set DATABASE_URL, and DATABASE_OWNER_URL if another role owns the tables.")
    database.require_database(database.owner_url())
    prepare.load()
    prepare.migrate()
