"""Every module belongs to a layer of the import contract (`pyproject.toml`)."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def modules():
    """The modules and packages one level below the root packages."""
    for package in TOOL["root_packages"]:
        for path in (ROOT / package).iterdir():
            if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists():
                yield f"{package}.{path.stem}"


def layers():
    (contract,) = [contract for contract in TOOL["contracts"] if contract["type"] == "layers"]
    return [module for layer in contract["layers"] for module in layer.split(" | ")]


def test_every_module_is_in_one_layer():
    # A root package that is itself a layer covers its modules.
    expected = {module for module in modules() if module.partition(".")[0] not in layers()}
    found = [module for module in layers() if "." in module]
    assert sorted(found) == sorted(expected), "add the module to a layer of pyproject.toml"
