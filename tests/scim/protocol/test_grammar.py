"""Filter and PATCH path syntax: every example in RFC 7644, precedence, and syntax errors."""

import pytest

from scim.protocol.errors import InvalidFilter, InvalidPath
from scim.protocol.grammar import parse_filter, parse_patch_path
from scim.protocol.nodes import And, AttributePath, Comparison, Not, Operator, Or, Present, ValuePath


def compare(name, operator, value, sub=None, urn=None):
    return Comparison(AttributePath(name, sub, urn), Operator(operator), value)


def present(name):
    return Present(AttributePath(name))


CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
WORK = compare("type", "eq", "work")
EXAMPLES = {  # RFC 7644 §3.4.2.2, Figure 2
    'userName eq "bjensen"': compare("userName", "eq", "bjensen"),
    'name.familyName co "O\'Malley"': compare("name", "co", "O'Malley", "familyName"),
    'userName sw "J"': compare("userName", "sw", "J"),
    f'{CORE}:userName sw "J"': compare("userName", "sw", "J", urn=CORE),
    "title pr": present("title"),
    'meta.lastModified gt "2011-05-13T04:42:34Z"': compare("meta", "gt", "2011-05-13T04:42:34Z", "lastModified"),
    'title pr and userType eq "Employee"': And((present("title"), compare("userType", "eq", "Employee"))),
    'title pr or userType eq "Intern"': Or((present("title"), compare("userType", "eq", "Intern"))),
    f'schemas eq "{CORE}"': compare("schemas", "eq", CORE),
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")': And(
        (
            compare("userType", "eq", "Employee"),
            Or((compare("emails", "co", "example.com"), compare("emails", "co", "example.org", "value"))),
        )
    ),
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")': And(
        (
            compare("userType", "ne", "Employee"),
            Not(Or((compare("emails", "co", "example.com"), compare("emails", "co", "example.org", "value")))),
        )
    ),
    'userType eq "Employee" and (emails.type eq "work")': And(
        (compare("userType", "eq", "Employee"), compare("emails", "eq", "work", "type"))
    ),
    'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]': And(
        (
            compare("userType", "eq", "Employee"),
            ValuePath(AttributePath("emails"), And((WORK, compare("value", "co", "@example.com")))),
        )
    ),
    'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]': Or(
        (
            ValuePath(AttributePath("emails"), And((WORK, compare("value", "co", "@example.com")))),
            ValuePath(AttributePath("ims"), And((compare("type", "eq", "xmpp"), compare("value", "co", "@foo.com")))),
        )
    ),
}
BEYOND = {
    'emails[type eq "work"].value eq "x"': ValuePath(AttributePath("emails"), And((WORK, compare("value", "eq", "x")))),
    'a eq "1" or b eq "2" and c eq "3"': Or(
        (compare("a", "eq", "1"), And((compare("b", "eq", "2"), compare("c", "eq", "3"))))
    ),
    "USERNAME EQ true": compare("USERNAME", "eq", True),
    "not(title pr)": Not(present("title")),
    "title eq null": compare("title", "eq", None),
    "x eq -1.5e3": compare("x", "eq", -1500.0),
    'x eq "a\\"b\\u00e9"': compare("x", "eq", 'a"bé'),
}


@pytest.mark.parametrize(("text", "tree"), [*EXAMPLES.items(), *BEYOND.items()])
def test_filter_is_parsed_into_the_expected_tree(text, tree):
    assert parse_filter(text) == tree


BROKEN = [
    "",
    " ",
    "userName",
    "userName eq",
    "userName eq bjensen",
    "userName eq 'bjensen'",
    'userName xx "a"',
    'userName eq "a" and',
    'and userName eq "a"',
    'userName eq "a" userName eq "b"',
    '(userName eq "a"',
    'userName eq "a")',
    'emails[type eq "work"',
    'emails[type[x eq "1"] eq "work"]',
    'user name eq "a"',
    '1abc eq "a"',
    "not title pr",
    'a eq "\\ud800"',
    'a eq "\n"',
    "a eq 1e999",
    'a eq "x"; DROP TABLE users',
    "(" * 100 + "a pr" + ")" * 100,
    " or ".join(["a pr"] * 300),
    'a eq "' + "x" * 9000 + '"',
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:30])
def test_malformed_filter_is_refused_with_a_detail(text):
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text)
    assert caught.value.detail


PATHS = {  # RFC 7644 §3.5.2, Figure 8, and what identity providers send
    "members": (AttributePath("members"), None, None),
    "name.familyName": (AttributePath("name", "familyName"), None, None),
    'addresses[type eq "work"]': (AttributePath("addresses"), WORK, None),
    'members[value eq "2819c223"]': (AttributePath("members"), compare("value", "eq", "2819c223"), None),
    'members[value eq "2819c223"].displayName': (
        AttributePath("members"),
        compare("value", "eq", "2819c223"),
        "displayName",
    ),
    f"{CORE}:name.familyName": (AttributePath("name", "familyName", CORE), None, None),
}


@pytest.mark.parametrize(("text", "expected"), PATHS.items())
def test_patch_path_is_parsed(text, expected):
    path = parse_patch_path(text)
    assert (path.path, path.condition, path.sub) == expected


@pytest.mark.parametrize("text", ["", "members[", "members[]", "a.b.c", 'name.x[type eq "work"]', "members].x", "a b"])
def test_malformed_path_is_refused(text):
    with pytest.raises(InvalidPath):
        parse_patch_path(text)


def test_urn_can_end_with_something_that_is_not_a_name():
    """Like the URN of an extension: `urn:example:devices:2.0`, which means all of it."""
    assert parse_patch_path("urn:example:devices:2.0").path == AttributePath("2.0", None, "urn:example:devices")
