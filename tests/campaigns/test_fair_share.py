"""A flood of requests from one organization does not affect others."""

import pytest

from bench.attacks import fair_share


@pytest.mark.processes
def test_other_organizations_are_served_during_a_flood(target, missed):
    assert missed(fair_share.run(target, rate=150, others=10, seconds=3)) == []
