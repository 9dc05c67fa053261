"""A few seconds of the soak: no request fails, and every service is measured."""

import pytest

from bench import steady


@pytest.mark.processes
@pytest.mark.usefixtures("started_once")
def test_steady_load_causes_no_failure():
    result = steady.run(minutes=0.15, rate=30, users=300)
    assert not result.load.failures
    assert result.load.answered > 200
    assert result.is_alive
    assert {service for service, _ in result.usage.series} >= {"launcher", "web workers", "web", "beat", "database"}


def test_growth_is_judged_by_the_last_quarter():
    usage = steady.Usage(hub=None)
    usage.series["web", "MB"] = [500, 500, 100, 100, 101, 101, 102, 102]
    usage.series["beat", "MB"] = [50, 50, 60, 60, 80, 80, 100, 100]
    assert {service: is_flat for service, *_, is_flat in usage.grown()} == {"web": True, "beat": False}
