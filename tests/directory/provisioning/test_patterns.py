"""Regular expressions: which .NET features are refused, translated and substituted."""

import pytest

from directory.provisioning.expressions.patterns import REFUSED, SUBTRACTION, PatternError, compile_pattern, expand

EXAMPLES = {
    "lookahead (?=…)": r"a(?=b)",
    "negative lookahead (?!…)": r"^(?!admin).*$",
    "lookbehind (?<=…)": r"(?<=@)b",
    "negative lookbehind (?<!…)": r"(?<!a)b",
    "atomic group (?>…)": r"(?>a+)b",
    "condition (?(…)…)": r"(a)?(?(1)b|c)",
    "comment (?#…)": r"a(?#comment)",
    "balancing group (?<a-b>…)": r"(?<a>x)(?<b-a>y)",
    "numbered group name (?<1>…)": r"(?<1>a)",
    "option (?n) or (?x)": r"(?x)a b",
    "backreference \\1": r"(a)\1",
    "backreference \\k<name>": r"(?<n>a)\k<n>",
    "anchor \\G": r"\Ga",
    "anchor \\Z (write \\z or $)": r"a\Z",
    "escape \\e": r"\e",
    "escape \\cX": r"\cA",
    "Unicode block \\p{Is…}": r"\p{IsGreek}",
    SUBTRACTION: r"[a-z-[aeiou]]",
}


def test_every_refused_construct_has_an_example():
    assert set(EXAMPLES) == {name for _, name in REFUSED} | {SUBTRACTION}


@pytest.mark.parametrize(("name", "pattern"), EXAMPLES.items())
def test_unsupported_dotnet_construct_is_refused_by_name(name, pattern):
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert str(raised.value) == f"The regular expression uses a construct that is not supported: {name}."


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[(?=]+", "(?="),
        (r"[]\]a-]+", "]a-"),
        (r"[^]]", "a"),
        (r"\\1", "\\1"),
        (r"\(\?=", "(?="),
        (r"\u0041\.\p{L}", "A.é"),
        (r"(?'name'a)", "a"),
        (r"(?i)STRASSE", "strasse"),
        (r"(?<a>x)(?P<b>y)(?:z)", "xyz"),
    ],
)
def test_pattern_that_resembles_an_unsupported_construct_works(pattern, text):
    assert compile_pattern(pattern).matches_all(text)


@pytest.mark.parametrize("pattern", ["(", "[", "a**", "\\", "x{5}{6}{", "a{2000}", "\ud800", "(?"])
def test_invalid_pattern_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["((a{100}){100}){100}", "(x{300}|y{300}){20}", "a" * 1_001])
def test_pattern_that_needs_too_much_memory_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        ("$1-$2", "a-b"),
        ("${second}${first}", "ba"),
        ("$&$&", "abab"),
        ("$$1", "$1"),
        ("$3 ${none} $", "$3 ${none} $"),
        ("$0", "ab"),
        ("${1}0", "a0"),
        ("$999", "$999"),
    ],
)
def test_replacement_behaves_like_dotnet(replacement, expected):
    pattern = compile_pattern("(?<first>a)(?<second>b)")
    assert expand(pattern.search("ab"), pattern.groups, replacement) == expected


def test_empty_matches_behave_like_dotnet():
    pattern = compile_pattern("x*")
    assert [match.span() for match in pattern.matches("axé")] == [(0, 0), (1, 2), (2, 2), (3, 3)]
