"""`python -m controlhub.launch`, called by `make run`."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from controlhub.launch import database, keys, leftovers, places, services
from controlhub.launch.errors import ServiceError, StartError
from controlhub.launch.installation import ensure_installation
from controlhub.launch.progress import say, step

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Returns the exit code: 0 after Ctrl-C or SIGTERM, 1 with one sentence after StartError or ServiceError."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        launch(Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve(), _port())
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
    """Start everything on this VAR_DIR and port, and wait for the end. ServiceError when a service keeps failing."""
    say("Starting Control Hub")
    places.prepare(var_dir)
    os.umask(places.UMASK)
    with places.lock(var_dir):
        if count := leftovers.end(var_dir / "run" / "processes.json"):
            say(f"  Ended {count} processes that an earlier run had left behind")
        places.require_free_port(services.host(), port)
        keys.keep(var_dir)
        with database.running(var_dir) as cluster:
            database.migrate()
            with step("Collecting static files"):
                database.manage("collectstatic", "--no-input", "--verbosity=0")
            with step("Looking for the first organization"):
                welcome = ensure_installation()
            say("  Starting web server, worker and scheduler")
            services.run(var_dir, port, cluster, lambda: say(f"\n{welcome}\n"))
        (var_dir / "run" / "processes.json").unlink(missing_ok=True)


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StartError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
