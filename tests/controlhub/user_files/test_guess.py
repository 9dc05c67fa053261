"""Guesses the attribute of a file's column from its header."""

import pytest
from django.utils.translation import override

from controlhub.user_files.mapping import ENTERPRISE, guess
from controlhub.user_files.schemas import user_schema


@pytest.mark.parametrize("header", ["Department", "Abteilung", "department"])
def test_labels_are_recognized_in_english_and_in_the_language_of_the_page(organization, header):
    with override("de"):
        assert guess([header], user_schema(organization), {}) == [f"{ENTERPRISE}:department"]
