"""The two halves of case-insensitive comparison must agree, character by character."""

import sys
import unicodedata

import pytest
from django.db import connection

from controlhub.text.names import canonical_key
from scim.protocol.values import fold


def test_equal_characters_have_the_same_canonical_key():
    """Otherwise, the index over keys would miss rows that match the filter."""
    characters = (chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) != "Cs")
    assert [c for c in characters if canonical_key(fold(c)) != canonical_key(c)] == []


@pytest.mark.django_db
def test_python_and_postgresql_fold_the_same_way():
    """Tests characters in this Python's Unicode version. Newer characters may be known to only one of them."""
    characters = [
        chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) not in {"Cn", "Cs", "Co"}
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT c, controlhub_fold(c) FROM unnest(%s::text[]) AS c", [characters])
        different = [(c, there, fold(c)) for c, there in cursor.fetchall() if there != fold(c)]
    assert [pair for pair in different if unicodedata.category(pair[0]) == "Lu"][:5] == []
