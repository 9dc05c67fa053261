"""Which tests run when: the fast tier, the deep tier, and what CI does if a test cannot run.

`make test` runs every test that is not marked `deep`, and `make test-deep` runs those that are. Tests with browsers or
real processes are deep automatically. tests/conftest.py imports the hooks.
"""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadGroupScheduling

DEEP = ("browser", "processes")
BROWSER = "chromium"
"""The fixture that every test with a real browser uses."""
# Start of a test's ID → why CI may skip it. Any other skipped test fails in CI.
MAY_BE_SKIPPED = {
    "tests/controlhub/launch/test_launch.py::test_start_use_stop_kill_and_start_again[nobody]": (
        "An unprivileged user can start Control Hub only where it can read the checkout."
    ),
}
# Start of a test's ID → name of its group. A group runs in one process, which sets up its installation once.
TOGETHER = {
    "tests/scim/api/test_races.py": "races",  # 50 connections each, and the processes share 100
    "tests/controlhub/test_nodes.py": "nodes",
    "tests/controlhub/launch/test_supervision.py": "supervision",
    # They use the same visits to all pages (tests/visits.py), or fill in the same forms.
    **dict.fromkeys(
        (
            "tests/controlhub/portal/test_form_fields.py::test_every_page",
            "tests/controlhub/portal/test_links.py::test_every_page",
            "tests/controlhub/portal/test_one_time.py::test_no_page",
            "tests/controlhub/portal/test_one_time.py::test_theme",
            "tests/controlhub/portal/test_provisioning.py::test_text_to_paste",
            "tests/controlhub/portal/test_step_up.py::test_every_password",
        ),
        "visits",
    ),
    "tests/controlhub/portal/test_hostile_text.py": "hostile",
    "tests/controlhub/launch/test_startup.py": "startup",
    "tests/controlhub/migrations/test_upgrade.py": "upgrade",  # share a database that is restored and upgraded once
    "tests/audit/transparency/test_go.py": "go",  # share a program that is built once
    **dict.fromkeys(
        (
            "tests/campaigns/test_attacks.py",
            "tests/campaigns/test_fair_share.py",
            "tests/campaigns/test_rows.py",
            "tests/campaigns/test_searches.py",
            "tests/campaigns/test_sizes.py",
            "tests/campaigns/test_slow_connections.py",
            "tests/campaigns/test_strange_requests.py",
        ),
        "campaigns",
    ),
}

# Property tests take their number of examples from the profile, so that each runs in both tiers:
# `make test-deep` uses `--hypothesis-profile=deep`. A slow test uses a fraction of the number.
settings.register_profile(
    "fast", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("deep", settings.get_profile("fast"), max_examples=400)
settings.load_profile("fast")


def is_ci():
    return bool(os.environ.get("CI"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the deep tier before `-m` selects from it, and sort the tests after other hooks."""
    for item in items:
        if BROWSER in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if marks(item, DEEP):
            item.add_marker("deep")
    yield
    items[:] = in_turn(items)


def in_turn(items):
    """The groups first, then the deep tier, then the fast one, with process tests spread over the first two thirds.

    While those wait, others compute. This also avoids a long test running alone at the end.
    """
    grouped = [item for item in items if group_of(item.nodeid) != item.nodeid]
    single = [item for item in items if group_of(item.nodeid) == item.nodeid]
    waiting = [item for item in single if marks(item, DEEP)]
    others = [item for item in single if not marks(item, DEEP)]
    others.sort(key=lambda item: not marks(item, ("deep", "hypothesis")))
    step = max(1, len(others) * 2 // 3 // (len(waiting) or 1))
    places = {item: number for number, item in enumerate(others)}
    places |= {item: number * step - 0.5 for number, item in enumerate(waiting)}
    return grouped + sorted(places, key=places.__getitem__)


def marks(item, names):
    return any(item.get_closest_marker(name) for name in names)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collecting creates hundreds of thousands of objects that stay, so garbage collection would find nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    """The collected tests live until the end, so the garbage collector need not examine them repeatedly."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


class TogetherScheduling(LoadGroupScheduling):
    """Keeps groups together by test ID. With pytest 9.2, pytest-xdist 3.8 ignores its mark `xdist_group`.

    Almost every test is its own group. This forgets finished ones, which the original counts after each test.
    """

    def _split_scope(self, nodeid):
        return group_of(nodeid)

    def add_node_collection(self, node, collection):
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = Numbered(collection)

    def mark_test_complete(self, node, item_index, duration=0):
        nodeid = self.registered_collections[node][item_index]
        groups, group = self.assigned_work[node], self._split_scope(nodeid)
        groups[group][nodeid] = True
        if all(groups[group].values()):
            del groups[group]
        self._reschedule(node)


class Numbered(list):
    """A list of unique strings that knows the position of each."""

    def __init__(self, texts):
        super().__init__(texts)
        self._numbers = {text: number for number, text in enumerate(self)}

    def index(self, text):
        return self._numbers[text]


def group_of(nodeid):
    """The group of a test. A test without one is its own group."""
    return next((group for start, group in TOGETHER.items() if nodeid.startswith(start)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config, log):
    return TogetherScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return required(item.nodeid, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return required(collector.nodeid, (yield))


def required(nodeid, report):
    """The report, or a failure instead if CI skipped a test that it has to run."""
    is_expected_failure = hasattr(report, "wasxfail")
    if is_ci() and report.outcome == "skipped" and not is_expected_failure and not nodeid.startswith(may_be_skipped()):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{nodeid}: {reason}. CI has to run every test: tests/tiers.py lists the exceptions."
    return report


def may_be_skipped():
    return tuple(MAY_BE_SKIPPED)
