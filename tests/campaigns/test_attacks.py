"""Attacks on a real server: what is counted is within its limits. `python -m bench attacks` judges what is timed."""

import pytest

from bench.attacks import stalls

pytestmark = pytest.mark.processes


def test_stalls_end_in_503_and_only_for_those_that_need_what_stalls(target, missed):
    assert missed(stalls.run(target, rate=20, seconds=4)) == []
