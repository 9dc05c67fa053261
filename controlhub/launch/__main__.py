"""`python -m controlhub.launch`, called by `make run`. With the name of a process, runs only that process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from controlhub.launch import database, keys, leftovers, places, services, web
from controlhub.launch.children import describe
from controlhub.launch.errors import ServiceError, StartError
from controlhub.launch.progress import say
from controlhub.launch.template import Templates

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Returns the exit code: 0 after Ctrl-C or SIGTERM, 1 with one sentence after StartError or ServiceError."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        var_dir = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
        if names := sys.argv[1:]:
            from controlhub.launch import node  # it loads Django

            node.run(" ".join(names), var_dir)
        else:
            launch(var_dir, services.port())
    except StartError as error:
        sys.stderr.write(f"Control Hub cannot start. {error}\n")
        return 1
    except ServiceError as error:
        sys.stderr.write(f"Control Hub has stopped. {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def launch(var_dir: Path, port: int) -> None:
    """Start everything with this VAR_DIR and port, and wait for the end. ServiceError if a service keeps failing."""
    web_workers = web.wanted_processes()
    say("Starting Control Hub")
    places.prepare(var_dir)
    os.umask(places.UMASK)
    processes = var_dir / "run" / "processes.json"
    with places.lock(var_dir):
        try:
            _launch_locked(var_dir, port, web_workers, processes)
        finally:
            leftovers.end(processes)


def _launch_locked(var_dir: Path, port: int, web_workers: int, processes: Path) -> None:
    """Start everything. Web processes that a killed launcher left serve requests until the new ones can start."""
    listener = None if leftovers.are_running(processes) else web.bound(services.host(), port)
    keys.keep(var_dir)
    cluster = database.chosen(var_dir)
    embedded = var_dir if cluster else None
    # Loads the code while the database starts.
    with Templates(services.alone()) as templates, database.running(cluster):
        welcome = prepared(embedded)
        if count := leftovers.end(processes):
            say(f"  Stopped {count} processes of an earlier run")
        say("  Starting web server, workers and scheduler")
        services.run(
            var_dir,
            listener or web.bound(services.host(), port),
            cluster,
            web_workers=web_workers,
            templates=templates,
            ready=lambda: say(f"\n{welcome}\n"),
            prepare=lambda: _load_new_code(templates, embedded),
        )


def _load_new_code(templates: Templates, embedded: Path | None) -> None:
    prepared(embedded)
    templates.renew()


def prepared(embedded: Path | None) -> str:
    """Prepare database and static files for the code on disk. Returns the text to print when the portal is up.

    `embedded` is the VAR_DIR of the embedded database. StartError says what prevents the start.
    """
    reading, writing = os.pipe()
    options = [str(embedded)] if embedded else []
    with os.fdopen(reading) as answers:
        process = subprocess.Popen(  # noqa: S603 — our own program
            [sys.executable, "-m", "controlhub.launch.prepare", str(writing), *options],
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        try:
            text = answers.read()
            code = process.wait()
        finally:
            process.terminate()
    answer = json.loads(text) if text else {"error": f"The preparation ended ({describe(code)})."}
    if error := answer.get("error"):
        raise StartError(error)
    return str(answer["welcome"])


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
