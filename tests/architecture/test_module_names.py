"""No module has the name of a library: `requests` always means the library."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("controlhub", "scim", "audit", "directory")
LIBRARIES = {*sys.stdlib_module_names, *packages_distributions()} - {*PACKAGES}
BY_CONVENTION = {"controlhub/celery.py"}


def test_no_module_shadows_a_library():
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in paths if path.stem in LIBRARIES}
    assert found == BY_CONVENTION
