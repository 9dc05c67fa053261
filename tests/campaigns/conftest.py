"""Small versions of the campaigns in `bench`, which run for minutes."""

import pytest

from bench import launched
from bench.attacks.target import Target
from tests import installations


@pytest.fixture(scope="package")
def started_once():
    """Installations of the block begin as copies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launched, "STARTED_ONCE", installations.started_once())
        yield


@pytest.fixture(scope="package")
def hub(started_once):
    """One installation for all; `tests/tiers.py` keeps these tests together."""
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
    """Returns the figures that missed their limit, in words. Times are for the campaigns: here the machine is busy."""

    def judge(figures):
        found = list(figures)
        assert any(not figure.is_timed for figure in found)
        return [f"{one.name}: {one.shown} {one.remark}" for one in found if not one.is_timed and not one.is_reached]

    return judge
