"""Operators by type, in memory: the table that SQL has to agree with."""

import pytest

from scim.protocol.errors import InvalidFilter
from scim.protocol.grammar import parse_filter
from scim.protocol.match import matches
from scim.protocol.resource_types import USER_RESOURCE

BARBARA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "bjensen@example.com",
    "displayName": "Babs 100%_\\ Jensen",
    "externalId": "Abc",
    "name": {"familyName": "Jensen", "givenName": "Barbara"},
    "title": "Tour Guide",
    "active": True,
    "emails": [
        {"value": "Work@example.com", "type": "work", "primary": True},
        {"value": "home@example.org", "type": "home"},
    ],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Tours"},
}
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
TRUE = [
    'userName eq "BJENSEN@example.com"',
    'externalId eq "Abc"',
    'userName sw "bj" and userName ew ".COM"',
    'name.familyName co "ens"',
    'displayName co "S 100%_"',
    'displayName co "\\\\"',
    'displayName sw "babs" and displayName ew "JENSEN"',
    'displayName gt "Babs 1" and displayName ne "babs"',
    "displayName pr",
    'title gt "Tour" and title lt "Tour H"',
    "active eq true",
    'active eq "True"',
    "active ne false",
    'emails co "HOME"',
    'emails.type eq "home"',
    'emails[type eq "work" and value sw "work"]',
    'emails[type eq "work"].value ew "example.com"',
    'not (emails[type eq "home" and value sw "work"])',
    "emails pr",
    "emails.primary eq true",
    "not (nickName pr)",
    "nickName eq null",
    'nickName ne "x"',
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr",
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:Department eq "tours"',
]
FALSE = [
    'externalId eq "abc"',
    'userName ne "bjensen@EXAMPLE.com"',
    "active eq false",
    'emails[type eq "home" and value sw "work"]',
    "nickName pr",
    'nickName eq ""',
    'displayName co "%%"',
    'displayName co "1_0"',
    'displayName eq ""',
    'displayName ne "BABS 100%_\\\\ jensen"',
    'emails ne "work@example.com"',
]
MEANINGLESS = ['unknown eq "x"', "active gt true", "name eq 1", "userName eq 1", 'active eq "maybe"', 'name.x eq "y"']


@pytest.mark.parametrize("text", TRUE)
def test_filter_matches(text):
    assert matches(parse_filter(text), BARBARA, USER_RESOURCE) is True


@pytest.mark.parametrize("text", FALSE)
def test_filter_does_not_match(text):
    assert matches(parse_filter(text), BARBARA, USER_RESOURCE) is False


@pytest.mark.parametrize("text", MEANINGLESS)
def test_meaningless_filter_is_refused(text):
    with pytest.raises(InvalidFilter):
        matches(parse_filter(text), BARBARA, USER_RESOURCE)


@pytest.mark.parametrize(("text", "expected"), [*((t, 1) for t in TRUE), *((t, 0) for t in FALSE)])
def test_sql_agrees_with_match(scim, text, expected):
    created = scim.post("/Users", BARBARA)
    assert created.status_code == 201, created.document
    own = f'userName eq "bjensen@example.com" and ({text})'
    found = scim.call("POST", "/Users/.search", {"schemas": [SEARCH], "filter": own}).document
    assert found["totalResults"] == expected
