"""A flood of one organization is not answered at the expense of others."""

import pytest

from bench.attacks import fair_share


@pytest.mark.processes
def test_others_are_answered_during_a_flood(target, missed):
    assert missed(fair_share.run(target, rate=150, others=10, seconds=3)) == []
