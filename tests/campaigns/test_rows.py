"""Requests leave a limited number of rows for each token and client."""

import pytest

from bench.attacks import rows


@pytest.mark.processes
def test_requests_leave_a_limited_number_of_rows(target, missed):
    assert missed(rows.run(target, tokens=40)) == []
