"""Users, pages and events stay small, however they are created."""

import pytest

from bench.attacks import sizes


@pytest.mark.processes
def test_users_pages_and_events_have_limits(target, missed):
    assert missed(sizes.run(target, users=5)) == []
