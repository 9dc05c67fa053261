"""`python -m controlhub.web`: the web server alone, several processes on one port; for a node without `make run`."""

import argparse
import os
import signal
import sys
from types import FrameType

from controlhub.launch import web
from controlhub.launch.children import executed
from controlhub.launch.errors import ServiceError, StartError
from controlhub.launch.services import environment, host, port
from controlhub.launch.supervisor import Supervisor


def main() -> int:
    """Returns the exit code: 0 after Ctrl-C or SIGTERM, 1 with one sentence after StartError or ServiceError."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments = _arguments()
        listener = web.bound(arguments.host, arguments.port)
        number, application = arguments.processes, arguments.application
        services = web.processes(
            listener, executed(environment()), number=number, is_bound=True, application=application
        )
        Supervisor(services, essential={service.name for service in services}, on_tick=lambda: None).run()
    except (StartError, ServiceError) as error:
        sys.stderr.write(f"The web server has stopped. {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m controlhub.web", description=__doc__)
    parser.add_argument("--host", default=host(), help="address to listen on (HOST; default: %(default)s)")
    parser.add_argument("--port", type=int, default=port(), help="port (PORT; default: %(default)s)")
    parser.add_argument("--processes", type=int, default=web.wanted_processes(), help="WEB_WORKERS; default: 2")
    parser.add_argument("--application", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
