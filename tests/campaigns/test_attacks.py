"""Attacks on a real server: what is counted is within its limits. `python -m bench attacks` judges what is timed."""

import pytest

from bench.attacks import slow_connections, stalls

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("kind", ["headers", "reading"])
def test_slow_connections_do_not_make_other_requests_fail(target, missed, kind):
    assert missed(slow_connections.run(target, connections=50, rate=20, seconds=3, only=kind)) == []


def test_stalls_end_in_503_and_only_for_those_that_need_what_stalls(target, missed):
    assert missed(stalls.run(target, rate=20, seconds=4)) == []
