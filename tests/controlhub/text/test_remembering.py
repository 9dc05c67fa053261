"""Values chosen by clients are cached only if they are short."""

import pytest

from controlhub.text.remembering import LONGEST
from controlhub.web.request import environ_key
from scim.api.media import _media_type, preferred_type

FUNCTIONS = {
    "names of headers": (environ_key, b"x", lambda name: f"HTTP_{name.decode().upper()}"),
    "media types": (_media_type, "x", lambda _name: (False, True)),
    "accepted types": (preferred_type, "x", lambda _name: None),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_long_texts_are_computed_and_not_cached(name):
    function, letter, expected = FUNCTIONS[name]
    known = function.__wrapped__
    known.cache_clear()
    for length in (LONGEST, LONGEST + 1, 90_000):
        text = letter * length
        assert function(text) == expected(text)
    assert known.cache_info().currsize == 1
