"""Small versions of the campaigns in `bench`, whose full versions take minutes."""

import pytest

from bench import launched
from bench.attacks.target import Target
from tests import installations


@pytest.fixture(scope="package")
def started_once():
    """Installations started in the block begin as copies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launched, "STARTED_ONCE", installations.started_once())
        yield


@pytest.fixture(scope="package")
def hub(started_once):
    """One installation shared by all these tests, which `tests/tiers.py` keeps together."""
    with launched.running(TRUSTED_PROXIES="127.0.0.1") as running:
        yield running


@pytest.fixture(scope="package")
def organization(hub):
    return hub.populate(2_100)


@pytest.fixture
def target(hub, organization):
    launched.wait_for(hub.answers, seconds=60, message="it was not ready")
    return Target.of(hub, **organization)


@pytest.fixture
def missed():
    """Describes the figures that exceed their limits. Times are ignored, because the machine is busy during tests."""

    def judge(figures):
        found = list(figures)
        assert any(not figure.is_timed for figure in found)
        return [f"{one.name}: {one.shown} {one.remark}" for one in found if not one.is_timed and not one.is_reached]

    return judge
