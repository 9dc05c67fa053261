"""`python -m directory.demo [DAYS]`, called by `make demo`: starts Control Hub if it is not running, and fills it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from controlhub.launch import services

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 180.0
"""The number of seconds that the start may take."""
EACH = 0.2


def main(days: str = "") -> int:
    """Returns the exit code. With days, Control Hub must already be running."""
    os.chdir(ROOT)
    port = services.port()
    if services.is_ready(port):
        return demo(days)
    if days:
        sys.stderr.write("Control Hub does not run. Start it with `make demo` in another terminal first.\n")
        return 1
    launcher = subprocess.Popen([sys.executable, "-m", "controlhub.launch"])
    try:
        if not _is_started(launcher, port) or demo():
            return 1
        return launcher.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        launcher.terminate()
        launcher.wait()


def demo(days: str = "") -> int:
    """Run `manage.py demo` in this process. Returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlhub.settings")
    os.environ.setdefault("OUTBOUND_ALLOW_SELF", "true")
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    try:
        call_command("demo", *(["--forward", days] if days else []))
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _is_started(launcher: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline = time.monotonic() + WITHIN
    while launcher.poll() is None and time.monotonic() < deadline:
        if services.is_ready(port):
            return True
        time.sleep(EACH)
    return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
