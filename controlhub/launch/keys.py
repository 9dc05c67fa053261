"""The secrets that `make run` makes when it starts on a new VAR_DIR."""

import os
from pathlib import Path

from controlhub.launch import places
from controlhub.security.keys import KEYS


def keep(var_dir: Path) -> None:
    """Make each secret that neither its variable NAME nor NAME_FILE sets. A secret that exists is kept."""
    for name, file in KEYS.items():
        if not os.environ.get(name) and not os.environ.get(f"{name}_FILE"):
            places.keep_secret(var_dir / "secrets" / file)
