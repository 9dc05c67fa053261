"""Functions of strings. Null stays null, except where Microsoft's reference says otherwise (Left, Word)."""

import base64
import re
import unicodedata

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import Value

TEXT_COMPARE, BINARY_COMPARE = "vbTextCompare", "vbBinaryCompare"
WORDS = frozenset({TEXT_COMPARE, BINARY_COMPARE})
_CULTURE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", re.ASCII)
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_DOTLESS = {"tr", "az"}
"""Languages in which i and I are different letters."""
_NOT_DECOMPOSED = {
    DOTLESS_I: "i",
    **dict(zip("łŁ", "lL", strict=True)),
    **dict(zip("æÆøØœŒ", ("ae", "AE", "oe", "OE", "oe", "OE"), strict=True)),
    "ß": "ss",
}
"""Letters in the table of NormalizeDiacritics that Unicode does not decompose into a letter and a mark."""
_SEPARATORS = ("Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So")
"""Categories that separate words for PCase."""


def append(arguments: Arguments) -> Value:
    source = arguments.text(0)
    return None if source is None else source + (arguments.text(1) or "")


def convert_to_base64(arguments: Arguments) -> Value:
    source = arguments.text(0)
    return None if source is None else base64.b64encode(source.encode("utf-16-le")).decode()


def convert_to_utf8_hex(arguments: Arguments) -> Value:
    source = arguments.text(0)
    return None if source is None else source.encode().hex().upper()


def in_str(arguments: Arguments) -> int:
    """The position of the first occurrence, from 1; 0 if there is none."""
    source, sought = arguments.text(0) or "", arguments.text(1) or ""
    start = arguments.number(2) if arguments.is_given(2) else 1
    ignores_case = arguments.text(3) == TEXT_COMPARE
    if arguments.is_given(3) and arguments.text(3) not in WORDS:
        arguments.fail(3, Message(gettext_noop("Write vbTextCompare or vbBinaryCompare.")))
    found = _folded(source, ignores_case).find(_folded(sought, ignores_case), max(start, 1) - 1) + 1
    if found:
        arguments.note_matches([source[found - 1 : found - 1 + len(sought)]])
    else:
        arguments.note_matches([], ignoring_case=_folded(sought, True) in _folded(source, True))
    return found


def left(arguments: Arguments) -> str:
    source, length = arguments.text(0) or "", arguments.number(1)
    return source if length < 0 else source[:length]


def len_(arguments: Arguments) -> int:
    return len(arguments.text(0) or "")


def mid(arguments: Arguments) -> Value:
    source, start, length = arguments.text(0), arguments.number(1), arguments.number(2)
    if start < 1:
        arguments.fail(1, Message(gettext_noop("The index must be at least 1. The first character has index 1.")))
    if length < 0:
        arguments.fail(2, Message(gettext_noop("The length must not be negative.")))
    return None if source is None else source[start - 1 : start - 1 + length]


def normalize_diacritics(arguments: Arguments) -> Value:
    source = arguments.text(0)
    return None if source is None else without_diacritics(source)


def without_diacritics(text: str) -> str:
    """The text without the marks of Latin letters; other scripts keep their marks, which are letters there."""
    found: list[str] = []
    is_latin = False
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.category(character) == "Mn" and is_latin:
            continue
        is_latin = unicodedata.name(character, "").startswith("LATIN ")
        found.append(_NOT_DECOMPOSED.get(character, character))
    return unicodedata.normalize("NFC", "".join(found))


def pcase(arguments: Arguments) -> Value:
    source, separators = arguments.text(0), arguments.text(1)
    if source is None:
        return None
    found: list[str] = []
    given = frozenset(separators or "")
    starts_word = True
    for character in source:
        found.append(_upper(character) if starts_word else _lower(character))
        starts_word = character in given if given else _separates_words(character)
    return "".join(found)


def strip_spaces(arguments: Arguments) -> Value:
    source = arguments.text(0)
    return None if source is None else source.replace(" ", "")


def to_lower(arguments: Arguments) -> Value:
    source, is_dotless = arguments.text(0), _is_dotless(arguments)
    if source is None:
        return None
    if is_dotless:
        source = source.replace("I", DOTLESS_I).replace("İ", "i")
    return "".join(map(_lower, source))


def to_upper(arguments: Arguments) -> Value:
    source, is_dotless = arguments.text(0), _is_dotless(arguments)
    if source is None:
        return None
    if is_dotless:
        source = source.replace("i", "İ")
    return "".join(map(_upper, source))


def word(arguments: Arguments) -> str:
    source, number, delimiters = arguments.text(0) or "", arguments.number(1), arguments.text(2) or ""
    words = [part for part in re.split(f"[{re.escape(delimiters)}]", source) if part] if delimiters else [source]
    return words[number - 1] if 1 <= number <= len(words) else ""


def _is_dotless(arguments: Arguments) -> bool:
    culture = arguments.text(1) or ""
    if culture and not _CULTURE.match(culture):
        arguments.fail(1, Message(gettext_noop("Write a culture as a language and a country, such as en-US.")))
    return culture.lower().partition("-")[0] in _DOTLESS


def _folded(text: str, ignores_case: bool) -> str:
    return "".join(map(_lower, text)) if ignores_case else text


def _lower(character: str) -> str:
    """Maps one character to one character, as in .NET."""
    return lower if len(lower := character.lower()) == 1 else character


def _upper(character: str) -> str:
    return upper if len(upper := character.upper()) == 1 else character


def _separates_words(character: str) -> bool:
    """As in .NET's ToTitleCase, in which an apostrophe is part of a word."""
    return character not in APOSTROPHES and unicodedata.category(character) in _SEPARATORS


_SOURCE = Parameter("source")
_CULTURE_PARAMETER = Parameter("culture", is_required=False)
FUNCTIONS = (
    Function("Append", (_SOURCE, Parameter("suffix")), append, 'Append([userPrincipalName], ".test")'),
    Function("ConvertToBase64", (_SOURCE,), convert_to_base64, 'ConvertToBase64("Hello world!")'),
    Function("ConvertToUTF8Hex", (_SOURCE,), convert_to_utf8_hex, 'ConvertToUTF8Hex("Hello world!")'),
    Function(
        "InStr",
        (
            Parameter("value1"),
            Parameter("value2"),
            Parameter("start", Kind.NUMBER, is_required=False),
            Parameter("compareType", Kind.WORD, is_required=False),
        ),
        in_str,
        'InStr("repEated","e",3,vbBinaryCompare)',
    ),
    Function("Left", (Parameter("String"), Parameter("NumChars", Kind.NUMBER)), left, 'Left("John Doe", 3)'),
    Function("Len", (Parameter("String"),), len_, "Len([displayName])"),
    Function(
        "Mid",
        (_SOURCE, Parameter("start", Kind.NUMBER), Parameter("length", Kind.NUMBER)),
        mid,
        "Mid([userPrincipalName], 1, 8)",
    ),
    Function("NormalizeDiacritics", (_SOURCE,), normalize_diacritics, "NormalizeDiacritics([givenName])"),
    Function("PCase", (_SOURCE, Parameter("wordSeparators", is_required=False)), pcase, 'PCase([surname], " \'-")'),
    Function("StripSpaces", (_SOURCE,), strip_spaces, "StripSpaces([displayName])"),
    Function("ToLower", (_SOURCE, _CULTURE_PARAMETER), to_lower, "ToLower([userPrincipalName])"),
    Function("ToUpper", (_SOURCE, _CULTURE_PARAMETER), to_upper, "ToUpper([country])"),
    Function(
        "Word",
        (Parameter("String"), Parameter("WordNumber", Kind.NUMBER), Parameter("delimiters")),
        word,
        'Word("The quick brown fox",3," ")',
    ),
)
