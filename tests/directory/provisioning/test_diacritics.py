"""The table of NormalizeDiacritics in Microsoft's reference, and cases that it does not cover."""

import pytest

from directory.provisioning.expressions.functions.texts import without_diacritics

# From entra-docs, functions-for-customizing-application-data.
TABLE = {
    "a": "ä à â ã å á ą ă ā ā́ ā̀ ā̂ ā̃ ǟ ā̈ ǡ a̱ å̄",
    "ae": "æ ǣ",
    "c": "ç č ć c̄ c̱",
    "d": "ď d̄ ḏ",
    "e": "ë è é ê ę ě ė ē ḗ ḕ ē̂ ē̃ ê̄ e̱ ë̄ e̊̄",
    "g": "ğ ḡ g̱",
    "i": "ï î ì í \N{LATIN SMALL LETTER DOTLESS I} ī ī́ ī̀ ī̂ ī̃ i̱",
    "l": "ľ ł l̄ ḹ ḻ",
    "n": "ñ ń ň n̄ ṉ",
    "o": "ö ò ő õ ô ó ō ṓ ṑ ō̂ ō̃ ȫ ō̈ ǭ ȭ ȱ o̱",
    "oe": "ø ø̄ œ̄",
    "r": "ř r̄ ṟ ṝ",
    "ss": "ß",
    "s": "š ś ș ş s̄ s̱",
    "t": "ť ț t̄ ṯ",
    "u": "ü ù û ú ů ű ū ū́ ū̀ ū̂ ū̃ u̇̄ ǖ ṻ ṳ̄ u̱",
    "y": "ÿ ý ȳ ȳ́ ȳ̀ ȳ̃ y̱",
    "z": "ź ž ż z̄ ẕ",
}


@pytest.mark.parametrize("plain", TABLE)
def test_character_in_the_table_is_replaced(plain):
    assert {without_diacritics(character) for character in TABLE[plain].split()} == {plain}


@pytest.mark.parametrize("plain", sorted({*TABLE} - {"ss"}))
def test_uppercase_character_is_replaced_by_uppercase(plain):
    assert {without_diacritics(character.upper()) for character in TABLE[plain].split()} == {plain.upper()}


@pytest.mark.parametrize("text", ["한국어", "हिन्दी", "שָׁלוֹם", "й", "日本が", "", "plain"])
def test_text_in_other_scripts_is_unchanged(text):
    assert without_diacritics(text) == text
