"""What has no index runs one at a time for each token."""

import pytest

from bench.attacks import searches


@pytest.mark.processes
def test_unindexed_filters_of_a_token_take_turns(target, missed):
    assert missed(searches.run(target, repeated=2, documents=5)) == []
