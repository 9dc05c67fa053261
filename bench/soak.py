"""`python -m bench soak`: the endurance tests with more of everything, again and again. `--minutes`: bench/steady.py.

They kill workers in the middle of a purge, take the broker away, set clocks ahead, and deactivate people whose
sessions and tokens are in use. The deep tier runs each of them once, at scale 1.
"""

import os
import subprocess
import sys
import time

from bench.stack import ROOT

CAMPAIGN = "tests/controlhub/test_endurance.py"


def soak(rounds: int, scale: int) -> int:
    """The exit code: that of the first round that fails, or 0 after the last one."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", CAMPAIGN]
    for number in range(1, rounds + 1):
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"SOAK_SCALE": str(scale)}, check=False)
        print(f"round {number} of {rounds}, scale {scale}: {time.monotonic() - began:.0f} s", flush=True)
        if done.returncode:
            return done.returncode
    return 0
