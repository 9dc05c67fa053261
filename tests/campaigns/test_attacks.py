"""Attacks on a real server: counted figures stay within their limits. `python -m bench attacks` judges timed ones."""

import pytest

from bench.attacks import stalls

pytestmark = pytest.mark.processes


def test_stalls_cause_503_only_for_requests_that_need_the_stalled_part(target, missed):
    assert missed(stalls.run(target, rate=20, seconds=4)) == []
