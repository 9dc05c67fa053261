"""Each token can run only one query without an index at a time."""

import pytest

from bench.attacks import searches


@pytest.mark.processes
def test_unindexed_filters_of_one_token_take_turns(target, missed):
    assert missed(searches.run(target, repeated=2, documents=5)) == []
