"""Connections that send their request slowly, or not at all, do not affect others."""

import pytest

from bench.attacks import slow_connections

pytestmark = pytest.mark.processes


def test_six_silent_bodies_do_not_stop_the_service(target, missed):
    assert missed(slow_connections.run(target, connections=6, rate=20, seconds=3, only="body")) == []


@pytest.mark.parametrize("kind", slow_connections.KINDS)
def test_two_hundred_slow_connections_cause_no_failures(target, missed, kind):
    assert missed(slow_connections.run(target, rate=20, seconds=4, only=kind)) == []
