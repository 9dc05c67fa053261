"""Requests that no library sends get SCIM responses, and a header with underscores is ignored."""

import pytest

from bench.attacks import strange_requests


@pytest.mark.processes
def test_strange_requests_get_scim_answers(target, missed):
    assert missed(strange_requests.run(target)) == []
