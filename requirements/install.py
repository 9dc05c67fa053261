"""Makes .venv and installs a hashed list of packages: with uv if it supports pip's configuration, otherwise with pip.

`python requirements/install.py requirements/base.txt` needs nothing but Python with pip or ensurepip (decision 0052).
"""

import ast
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
CHECKED = ["--require-hashes", "--no-deps"]
"""The lists name every package. Without --no-deps, pip before 23.3 looks up `package[extra]` again, without a hash."""

FOR_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "no-cache-dir": "UV_NO_CACHE",
}
"""Maps pip options to the variables that set the same option for uv."""
LISTS = {"find-links": ","}
"""The separators of multiple values for uv options. All others use spaces, as in pip."""
WITHOUT_EFFECT = {
    "cache-dir",
    "constraint",
    "disable-pip-version-check",
    "exists-action",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "no-warn-script-location",
    "progress-bar",
    "quiet",
    "require-hashes",
    "require-virtualenv",
    "retries",
    "root-user-action",
    "verbose",
}
"""Options that do not affect the installed packages, because every version and every file is pinned."""


def main() -> int:
    """Returns the exit code."""
    requirements = Path(sys.argv[1])
    began = time.monotonic()
    _say(f"Installing {_count(requirements)} packages (first time only) … ")
    try:
        _make_venv()
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(VENV, ignore_errors=True)
        _say("failed\n")
        sys.stderr.write("Python could not make .venv: install your system's venv package (Debian: python3-venv).\n")
        return 1
    installer = "uv" if _install_with_uv(requirements) else "pip"
    if installer == "pip" and _pip("install", "--progress-bar", "off", *CHECKED, "-r", str(requirements)):
        _say("failed\n")
        return 1
    _say(f"{time.monotonic() - began:.1f} s with {installer}\n")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _count(requirements: Path) -> int:
    return sum("==" in line and not line.lstrip().startswith("#") for line in requirements.read_text().splitlines())


def _make_venv() -> None:
    """Create it without pip, which takes seconds to unpack, unless this Python has no suitable pip."""
    if not (VENV / "pyvenv.cfg").exists():
        venv.create(VENV, symlinks=True, with_pip=not _has_pip())


def _has_pip() -> bool:
    """Whether this Python has a pip that can install into another environment (22.3 or later)."""
    command = [sys.executable, "-m", "pip", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    words = done.stdout.split()
    return done.returncode == 0 and tuple(map(int, words[1].split(".")[:2])) >= (22, 3)


def _pip_command() -> list[str]:
    if (VENV / "bin" / "pip").exists():
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def _pip(*arguments: str) -> int:
    command = [*_pip_command(), "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603


def _install_with_uv(requirements: Path) -> bool:
    """Returns whether uv installed the packages. Its errors are hidden: pip tries the same and shows its own errors."""
    settings = uv_settings(_pip_settings())
    if settings is None:
        return False
    pinned = str(ROOT / "requirements" / "uv.txt")
    if not UV.exists():
        command = [*_pip_command(), "--quiet", "--disable-pip-version-check", "install", *CHECKED, "-r", pinned]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if not UV.exists():
        return False
    command = [str(UV), "pip", "install", "--quiet", "--python", str(PYTHON), *CHECKED, "-r", str(requirements)]
    return subprocess.run(command, env=settings | os.environ, capture_output=True, check=False).returncode == 0  # noqa: S603


def _pip_settings() -> dict[str, str]:
    """Maps options to values as read by `pip install`: from files, then from the environment."""
    command = [*_pip_command(), "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = [line.partition("=") for line in done.stdout.splitlines() if "=" in line]
    order = ("global.", "install.", ":env:.")
    return {
        name.removeprefix(section): str(ast.literal_eval(value))
        for section in order
        for name, _, value in found
        if name.startswith(section)
    }


def uv_settings(pip: dict[str, str]) -> dict[str, str] | None:
    """Returns the variables that make uv find packages like pip, or None if an option of pip is not known here."""
    if pip.keys() - FOR_UV.keys() - WITHOUT_EFFECT:
        return None
    settings = {FOR_UV[name]: LISTS.get(name, " ").join(value.split()) for name, value in pip.items() if name in FOR_UV}
    # Like pip: use the best version from all indexes, and the system's certificates.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "true", "UV_NO_CONFIG": "true"} | settings


if __name__ == "__main__":
    sys.exit(main())
