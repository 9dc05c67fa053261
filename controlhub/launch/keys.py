"""The secrets that `make run` creates when it starts with a new VAR_DIR."""

import os
from pathlib import Path

from controlhub.launch import places
from controlhub.security.keys import KEYS


def keep(var_dir: Path) -> None:
    """Create each secret that neither NAME nor NAME_FILE sets. An existing secret is kept."""
    for name, file in KEYS.items():
        if not os.environ.get(name) and not os.environ.get(f"{name}_FILE"):
            places.keep_secret(var_dir / "secrets" / file)
