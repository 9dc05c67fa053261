"""The tiers work: which tests are deep, what CI may skip, and how many examples a property test gets."""

import os
import subprocess
import sys
from types import SimpleNamespace

from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tests import servers, tiers

SKIPS = {
    "inside": "import pytest\ndef test_x():\n    pytest.skip('no browser')",
    "mark": "import pytest\n@pytest.mark.skip('no browser')\ndef test_x():\n    pass",
    "condition": "import pytest\n@pytest.mark.skipif(True, reason='no browser')\ndef test_x():\n    pass",
    "fixture": "import pytest\n@pytest.fixture\ndef x():\n    pytest.skip('no browser')\ndef test_x(x):\n    pass",
    "import": "import pytest\npytest.importorskip('no_such_browser')\ndef test_x():\n    pass",
    "module": "import pytest\npytest.skip('no browser', allow_module_level=True)",
    "unittest": "import unittest\nclass Test(unittest.TestCase):\n    def test_x(self):\n        self.skipTest('none')",
}
EXPECTED = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_x():\n    assert False"
MARKED = """
import pytest
from hypothesis import given, strategies
def test_plain(): pass
@pytest.mark.deep
def test_deep(): pass
@pytest.fixture
def chromium(): pass
def test_browser(chromium): pass
@pytest.mark.processes
def test_processes(): pass
@pytest.mark.parametrize("size", [1, pytest.param(2, marks=pytest.mark.deep)])
def test_sizes(size): print(f"{len(seen)} examples")
seen = []
@given(strategies.integers())
def test_property(number): seen.append(number)
# Runs last, in both tiers.
test_sizes = globals().pop("test_sizes")
"""


def run(folder, modules, *arguments, ci=False):
    """Run the modules with the hooks of this suite, and return what pytest printed."""
    for name, text in modules.items():
        (folder / f"test_{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n deep\n browser\n processes\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST"))}
    plugins = ["-p", "xdist", "-p", "hypothesispytest", "-p", "tests.tiers", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "-c", folder / "pytest.ini", "-rA", *arguments, folder]
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | ({"CI": "true"} if ci else {})
    return subprocess.run(command, cwd=servers.ROOT, env=env, capture_output=True, text=True, check=False).stdout


def summary(printed):
    """The counts in the last line: `passed` → 3."""
    counts = printed.rstrip().splitlines()[-1].strip("= ").partition(" in ")[0]
    return {word: int(number) for number, word in (part.split() for part in counts.split(", "))}


def passed(printed):
    return {line.split("::")[1] for line in printed.splitlines() if line.startswith("PASSED")}


EVERYTHING = SKIPS | {"expected": EXPECTED, "it": MARKED}


def test_fast_tier_excludes_browsers_and_processes_and_allows_skips(tmp_path):
    printed = run(tmp_path, EVERYTHING, "-m", "not deep")
    assert passed(printed) == {"test_plain", "test_property", "test_sizes[1]"}
    assert "100 examples" in printed
    counts = summary(printed)
    assert counts.pop("deselected") == 4
    assert counts == {"skipped": len(SKIPS), "xfailed": 1, "passed": 3}


def test_deep_tier_runs_more_examples_and_ci_allows_no_skips(tmp_path):
    modules = {name: text.replace("def test_x", "@pytest.mark.deep\ndef test_x") for name, text in SKIPS.items()}
    modules["unittest"] = "import pytest\npytestmark = pytest.mark.deep\n" + SKIPS["unittest"]
    modules |= {"expected": "import pytest\npytestmark = pytest.mark.deep\n" + EXPECTED, "it": MARKED}
    chosen = ("-m", "deep or hypothesis", "--hypothesis-profile=deep", "--continue-on-collection-errors")
    printed = run(tmp_path, modules, *chosen, ci=True)
    assert passed(printed) == {"test_deep", "test_browser", "test_processes", "test_property", "test_sizes[2]"}
    assert "400 examples" in printed
    counts = summary(printed)
    assert counts["failed"] + counts["errors"] == len(SKIPS), "a skip before the test itself is an error"
    assert counts.keys() == {"failed", "errors", "xfailed", "passed", "deselected"}
    assert printed.count("CI has to run every test") >= len(SKIPS)


def test_waiting_tests_are_spread_and_the_fast_tier_is_last(tmp_path):
    """In a run of both tiers, as in CI, some tests wait while others compute."""
    printed = run(tmp_path, {"it": MARKED}, "-v")
    order = [line.split("::")[1].split()[0] for line in printed.splitlines() if " PASSED" in line]
    deep = ["test_browser", "test_deep", "test_processes", "test_property", "test_sizes[2]"]
    assert order == [*deep, "test_plain", "test_sizes[1]"]


def test_group_runs_in_one_process(tmp_path):
    """Otherwise, three processes would set up its installation three times."""
    for name in ("tests/controlhub/test_nodes.py", "alone/test_other.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text("import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_x(n): pass")
    printed = run(tmp_path, {}, "--numprocesses", "3", "--dist", "loadgroup", "-v")
    lines = [line for line in printed.splitlines() if line.startswith("[gw") and "test_nodes.py" in line]
    assert len(lines) == 6
    assert len({line.partition("]")[0] for line in lines}) == 1, "in more than one process"
    assert summary(printed) == {"passed": 12}


def test_groups_name_existing_tests_and_the_ignored_mark_is_not_used():
    for start in tiers.TOGETHER:
        module, _, test = start.partition("::")
        assert f"def {test}" in (servers.ROOT / module).read_text()
    command = ["git", "grep", "--files-with-matches", r"mark\.xdist_group"]
    found = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, check=False).stdout
    assert found == "", "list the test in tests/tiers.py"


def test_listed_test_can_be_skipped(monkeypatch):
    class Report:
        outcome, longrepr = "skipped", ("file", 1, "Skipped: why")

    monkeypatch.setenv("CI", "true")
    for nodeid in tiers.MAY_BE_SKIPPED:
        assert tiers.required(nodeid, Report()).outcome == "skipped"
    assert tiers.required("tests/other.py::test_x", Report()).outcome == "failed"


class Process:
    """A process of pytest-xdist: a list of the numbers of the tests that it has to run."""

    gateway = SimpleNamespace(id="gw")

    def __init__(self):
        self.waiting, self.shutting_down = [], False

    def send_runtest_some(self, numbers):
        self.waiting += numbers

    def shutdown(self):
        self.shutting_down = True


class Configuration:
    option = type("Options", (), {"loadscopereorder": False})

    def getvalue(self, name):
        return ["popen"] * 3 if name == "tx" else None


class Original(LoadGroupScheduling):
    def _split_scope(self, nodeid):
        return tiers.group_of(nodeid)


def order_of(scheduling, ids):
    """Which process runs which test, in the order in which they end."""
    scheduler, processes, order = (
        scheduling(Configuration(), Producer("x", enabled=False)),
        [Process() for _ in "abc"],
        [],
    )
    for process in processes:
        scheduler.add_node(process)
        scheduler.add_node_collection(process, list(ids))
    scheduler.schedule()
    while any(process.waiting for process in processes):
        turn = next(number for number, process in enumerate(processes) if len(process.waiting) == most_of(processes))
        test = processes[turn].waiting.pop(0)
        order.append((turn, ids[test]))
        scheduler.mark_test_complete(processes[turn], test)
    assert scheduler.tests_finished
    assert not scheduler.has_pending
    return order


def most_of(processes):
    return max(len(process.waiting) for process in processes)


def test_forgetting_finished_tests_does_not_change_the_order():
    grouped = [f"tests/scim/api/test_races.py::test_{number}" for number in range(5)]
    ids = [*grouped, *(f"tests/test_x.py::test_{number}" for number in range(40))]
    order = order_of(tiers.TogetherScheduling, ids)
    assert order == order_of(Original, ids)
    assert sorted(test for _, test in order) == sorted(ids)
    assert len({turn for turn, test in order if test in grouped}) == 1
