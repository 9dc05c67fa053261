"""`python -m bench soak`: repeat the endurance tests at a larger scale. `--minutes`: bench/steady.py.

They kill workers in the middle of a purge, stop the broker, set clocks ahead, and deactivate people whose sessions
and tokens are in use. The deep tier runs each of them once, at scale 1.
"""

import os
import subprocess
import sys
import time

from bench.stack import ROOT

CAMPAIGN = "tests/controlhub/test_endurance.py"


def soak(rounds: int, scale: int) -> int:
    """The exit code of the first round that fails, or 0."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", CAMPAIGN]
    for number in range(1, rounds + 1):
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"SOAK_SCALE": str(scale)}, check=False)
        print(f"round {number} of {rounds}, scale {scale}: {time.monotonic() - began:.0f} s", flush=True)
        if done.returncode:
            return done.returncode
    return 0
