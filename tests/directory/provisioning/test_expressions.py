"""Expressions: errors with their position, the trace, limits, and text that is not an expression."""

import random
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.provisioning.expressions import FUNCTIONS, Context, EvaluationError, ExpressionError, ParseError, parse
from directory.provisioning.expressions.parser import MAX_DEPTH
from tests.steps import grows_linearly

CONTEXT = Context(datetime(2026, 11, 27, tzinfo=UTC), b"seed")


@pytest.mark.parametrize(
    ("text", "line", "column", "argument", "message"),
    [
        ("", 1, 1, "", "The expression is empty."),
        ("Append([mail])", 1, 14, "suffix", "Argument 2 of Append is missing: suffix."),
        ('Append(, "x")', 1, 8, "source", "Argument 1 of Append is missing: source."),
        ('Append([mail],\n  "a", "b")', 2, 8, "", "Append takes at most 2 arguments."),
        ('Left([mail], "three")', 1, 14, "NumChars", "Argument 2 of Left (NumChars) must be a whole number."),
        ('Switch([a], "d", "key")', 1, 23, "value", "Argument 4 of Switch is missing: value."),
        ('Switch([a], "d", "k", "v", "key")', 1, 1, "", "the number of arguments must be even"),
        ('Replace([a], "b", , , , , )', 1, 1, "", "Replace needs oldValue with replacementValue or template"),
        ('Join(".", [a]', 1, 14, "", "Enter a comma, or the closing parenthesis of Join."),
        ('Join(".", [a]) x', 1, 16, "", "There is unexpected text after the end of the expression."),
        ("join([a])", 1, 1, "", "The names of functions are case-sensitive: write Join instead of join."),
        ("Jion([a])", 1, 1, "", "There is no function Jion. Did you mean Join?"),
        ("Zzzzzz([a])", 1, 1, "", "There is no function Zzzzzz."),
        ("Now", 1, 1, "", "Now needs parentheses."),
        ("ToLower(mail)", 1, 9, "", 'Write a string as "mail" and an attribute as [mail].'),
        ("ToLower(vbTextCompare)", 1, 9, "", 'Write a string as "vbTextCompare"'),
        ("ToLower([])", 1, 9, "", "Name an attribute"),
        ("ToLower([mail)", 1, 9, "", "The attribute has no closing bracket."),
        ('ToLower("mail)', 1, 9, "", "The string has no closing quotation mark."),
        ("ToLower('mail')", 1, 9, "", "double quotation marks"),
        ("ToLower(“mail”)", 1, 9, "", "Replace the curly quotation marks"),
        (r'Replace([a], , "\d", , "", , )', 1, 17, "", r"A backslash in a string is written twice: \\d."),
        ('ToLower("a" + "b")', 1, 13, "", "Join or Append instead of +"),
        ("ToLower(#)", 1, 9, "", "“#” is not part of an expression."),
        ("IIF([a] =, 1, 2)", 1, 10, "", "A value is missing after =."),
        ("BitAnd(1, 99999999999999999999)", 1, 11, "", "The number is too large."),
        ("ToLower(IgnoreFlowIfNullOrEmpty([a]))", 1, 9, "", "must be the outermost function"),
        ("ToLower(SelectUniqueValue([a], [b]))", 1, 9, "", "must be the outermost function"),
        ("SelectUniqueValue([a])", 1, 1, "", "needs at least two candidates"),
        ("ToLower(\0)", 1, 1, "", "cannot be stored"),
        ("Not(" * (MAX_DEPTH + 1), 1, 4 * MAX_DEPTH + 1, "", "More than 64 functions are nested."),
        ("x" * 10_001, 1, 10_001, "", "The expression has 10001 characters. 10000 are allowed."),
        ("ToLower([" + "x" * 300 + "])", 1, 9, "", "at most 256 characters"),
    ],
)
def test_parse_error_names_position_and_remedy(text, line, column, argument, message):
    with pytest.raises(ParseError) as raised:
        parse(text)
    error = raised.value
    assert message in str(error)
    assert (error.line, error.column, error.argument) == (line, column, argument)


def test_error_about_a_call_contains_a_valid_example():
    with pytest.raises(ParseError) as raised:
        parse("Append([mail])")
    assert raised.value.example == FUNCTIONS["Append"].example
    assert str(raised.value).endswith(f"Example: {FUNCTIONS['Append'].example}")


@pytest.mark.parametrize(
    ("text", "source", "column", "argument", "message"),
    [
        ('ToLower(CDate("soon"))', {}, 15, "expression", "“soon” is not a date."),
        ('DateAdd("x", 1, Now())', {}, 9, "interval", "must be one of yyyy, m, d, ww, h, n, s"),
        ('DateAdd("yyyy", 9000, Now())', {}, 17, "value", "not between 1 and 9999"),
        ('DateAdd("d", 9223372036854775807, Now())', {}, 14, "value", "not between 1 and 9999"),
        ("DateFromNum(9223372036854775807)", {}, 13, "value", "not between 1 and 9999"),
        ('FormatDateTime("x", , "yyyy", "yyyy")', {}, 16, "source", "“x” does not have the format yyyy."),
        ('FormatDateTime("1", , "\'", "yyyy")', {}, 23, "inputFormat", "is not a date format"),
        ('FormatDateTime("2020", , "yyyy", "\'")', {}, 34, "outputFormat", "is not a date format"),
        ('FormatDateTime("2020", "Odd", "yyyy", "d")', {}, 24, "dateTimeStyles", "There is no style Odd."),
        ("Left([a], [b])", {"b": "x"}, 11, "NumChars", "This must be a whole number."),
        ("Mid([a], 0, 1)", {}, 10, "start", "The index must be at least 1. The first character has index 1."),
        ("Mid([a], 1, -1)", {}, 13, "length", "must not be negative"),
        ("Item([a], 0)", {}, 11, "index", "The index must be at least 1. The first value has index 1."),
        ("ToLower([a])", {"a": ["x", "y"]}, 9, "source", "Choose one value with Item"),
        ('Split([a], "")', {"a": "x"}, 12, "delimiter", "The delimiter is empty."),
        ('ToUpper([a], "english!")', {"a": "x"}, 14, "culture", "such as en-US"),
        ('InStr("a", "b", 1, "x")', {}, 20, "compareType", "Write vbTextCompare or vbBinaryCompare."),
        ('Join(",", [a])', {"a": [{"value": "x"}]}, 11, "source", "This is an object"),
        ("Append(DefaultDomain(), [a])", {}, 8, "", "no default domain"),
        ("RandomString(257,0,0,0,0)", {}, 14, "Length", "between 1 and 256"),
        ("RandomString(3,2,2,0,0)", {}, 14, "Length", "more than the length 3"),
        ('RandomString(3,1,0,0,0,"0123456789")', {}, 24, "CharactersToAvoid", "Every character is excluded."),
        ('Replace([a], , "(", , "", , )', {"a": "x"}, 16, "regexPattern", "is not valid: missing )"),
        ('Replace([a], , "x", "g", "", , )', {"a": "x"}, 21, "regexGroupName", "has no group g"),
        ('Replace([a], "x", , , [a], , )', {"a": "x" * 300}, 9, "source", "more than 65536 characters"),
        ("ToLower([a])", {"a": "x" * 65_537}, 9, "", "more than 65536 characters"),
        ("Count([a])", {"a": ["x"] * 1_001}, 7, "", "more than 1000 values"),
        ("ToLower([a])", {"a": "\ud800"}, 9, "", "cannot be stored"),
    ],
)
def test_evaluation_error_names_position_and_argument(text, source, column, argument, message):
    with pytest.raises(EvaluationError) as raised:
        parse(text).evaluate(source, CONTEXT)
    assert message in str(raised.value)
    assert (raised.value.column, raised.value.argument) == (column, argument)


def test_trace_shows_the_value_of_each_call_from_the_inside_out():
    expression = parse('IIF(IsPresent([a]), ToUpper(Left([a], 2)), CDate("never"))')
    assert [(step.text, step.value) for step in expression.trace({"a": "xyz"}, CONTEXT)] == [
        ("IsPresent([a])", True),
        ("Left([a], 2)", "xy"),
        ("ToUpper(Left([a], 2))", "XY"),
        ('IIF(IsPresent([a]), ToUpper(Left([a], 2)), CDate("never"))', "XY"),
    ]
    assert parse("[a]").trace({"a": 1}, CONTEXT) == [("[a]", 1, None, False)]


@pytest.mark.parametrize(
    ("text", "matched", "ignoring_case"),
    [
        ('Replace([a], "Contoso", , , "x", , )', ("Contoso", "Contoso"), False),
        ('Replace([a], "contoso", , , "x", , )', (), True),
        ('Replace([a], "fabrikam", , , "x", , )', (), False),
        ('Replace([a], , "(?<first>[A-Z])on", "first", "x", , )', ("C", "C"), False),
        ('Replace([a], , "(?<first>c)on", "first", "x", , )', (), True),
        ('Replace([b], , "(?<last>so)$", "last", , [a], )', ("so",), False),
        ('InStr([a], "CONTOSO")', (), True),
        ('InStr([a], "CONTOSO", 1, vbTextCompare)', ("Contoso",), False),
    ],
)
def test_trace_shows_the_matched_part(text, matched, ignoring_case):
    step = parse(text).trace({"a": "Contoso-Contoso"}, CONTEXT)[-1]
    assert (step.matched, step.matches_ignoring_case) == (matched, ignoring_case)


def test_pattern_of_the_maximum_length_can_be_traced():
    expression = parse(f'Replace([a], , "{"b" * 1_000}", , "", , )')
    assert expression.evaluate({"a": "x"}, CONTEXT) == "x"
    assert expression.trace({"a": "x"}, CONTEXT)[-1].matched == ()


def test_trace_hides_redacted_values_and_results_that_contain_them():
    expression = parse('Join(" ", Redact(ToUpper([a])), ToLower([b]))')
    assert [step.value for step in expression.trace({"a": "x", "b": "Y"}, CONTEXT)] == [
        "[Redact]",
        "[Redact]",
        "y",
        "[Redact]",
    ]
    assert expression.is_redacted


def test_error_in_a_trace_keeps_the_previous_steps():
    with pytest.raises(EvaluationError) as raised:
        parse('Join(" ", ToUpper([a]), CDate("soon"))').trace({"a": "x"}, CONTEXT)
    assert raised.value.steps == [("ToUpper([a])", "X", None, False)]


def test_attributes_and_functions_of_an_expression_are_listed():
    expression = parse('Join([sep], [b], ToLower([a]), "[c]", [b])')
    assert expression.attributes == ("sep", "b", "a")
    assert expression.functions == {"Join", "ToLower"}


def test_nesting_up_to_the_limit_works():
    assert parse("Not(" * MAX_DEPTH + "[a]" + ")" * MAX_DEPTH).evaluate({"a": True}, CONTEXT) is True


def test_work_is_limited_for_any_number_of_functions():
    text = "Join(" + '"",' + ",".join(["Left(ToLower([a]),1)"] * 400) + ")"
    with pytest.raises(EvaluationError, match="too complex"):
        parse(text).evaluate({"a": "x" * 10_000}, CONTEXT)


def test_work_of_a_regular_expression_is_limited():
    expression = parse('Replace([a], , "a.*b|a", , "", , )')
    with pytest.raises(EvaluationError, match="too complex"):
        expression.evaluate({"a": "a" * 60_000}, CONTEXT)
    assert expression.evaluate({"a": "a" * 200}, CONTEXT) == ""


def test_parsing_takes_linear_time():
    def make(size):
        text = "Join(" + ",".join(['"x"'] * size) + ")"
        return lambda: parse.__wrapped__(text)

    assert grows_linearly(make, 2_000)


# --- random input ---
NAMES = st.sampled_from([*FUNCTIONS, "join", "Nothing"])
ATTRIBUTES = ["[mail]", "[missing]", "[list]", "[roles]", "[number]", "[flag]"]
NUMBERS = ["-1", "0", "1", "300", "9223372036854775807", "&HF", "[number] > 1"]
ARGUMENTS = [
    *ATTRIBUTES,
    *NUMBERS,
    '""',
    '"x"',
    '"d"',
    '"yyyy"',
    r'"\\d+"',
    '"2020-01-01"',
    "Now()",
    "vbTextCompare",
    "",
]
PUNCTUATION = [")", "(", ",", '"', "\\", "[", "]", "=", "<>", " ", "\n", "&", "\0", "\ud800"]
PIECES = st.one_of(NAMES.map(lambda name: f"{name}("), st.sampled_from([*ARGUMENTS, *PUNCTUATION]), st.text(max_size=5))
TEXTS = st.one_of(st.text(max_size=50), st.lists(PIECES, max_size=30).map("".join))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.sampled_from(["2020-01-01", "5"]))
ROLES = st.fixed_dictionaries({"value": SCALARS, "displayName": SCALARS})
SOURCES = st.fixed_dictionaries(
    {
        "mail": SCALARS,
        "list": st.lists(SCALARS, max_size=4),
        "roles": st.lists(st.one_of(SCALARS, ROLES), max_size=3),
        "number": st.integers(),
        "flag": st.booleans(),
    }
)


def check(text, source):
    """Fails the test for any exception except ExpressionError."""
    with suppress(ExpressionError):
        expression = parse(text)
        assert parse(str(expression)).node == expression.node
        value = expression.evaluate(source, CONTEXT)
        assert value == expression.evaluate(source, CONTEXT)
        assert expression.trace(source, CONTEXT)[-1].value in (value, "[Redact]")


@given(TEXTS, SOURCES)
def test_random_text_causes_only_expression_errors(text, source):
    check(text, source)


@given(st.randoms(use_true_random=False), SOURCES)
def test_random_calls_cause_only_expression_errors(chance, source):
    check(almost(chance, 3), source)


@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.deep)])
def test_many_almost_valid_texts_cause_only_expression_errors(count):
    chance = random.Random(count)
    source = {"mail": "Anna@example.com", "list": ["a", "b"], "number": 5, "flag": True}
    for _ in range(count):
        check(almost(chance, 4), source)


def almost(chance, depth):
    """A function call with arguments of any kind and number, sometimes cut off and continued with something else."""
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(ARGUMENTS)
    name = chance.choice(list(FUNCTIONS))
    count = max(0, len(FUNCTIONS[name].parameters) + chance.choice([-1, 0, 0, 0, 0, 0, 0, 1, 2]))
    text = f"{name}({','.join(almost(chance, depth - 1) for _ in range(count))})"
    if chance.random() < 0.05:
        text = text[: chance.randrange(len(text))] + chance.choice(PUNCTUATION)
    return text
