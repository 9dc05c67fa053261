"""The main oracle of the engine: SQL selects exactly what `match` accepts, for random documents and filters."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlhub.models import Organization
from scim.protocol.errors import InvalidFilter
from scim.protocol.grammar import parse_filter
from scim.protocol.match import matches
from scim.protocol.resource_types import USER_RESOURCE

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LETTERS = "aAbBz%_\\\"' éÉßΣς0"
texts = st.one_of(st.text(LETTERS, min_size=1, max_size=4), st.text("aB'", min_size=6, max_size=12))
words = st.one_of(texts, st.sampled_from(["work", "WORK", "home", "a@b.c"]))
emails = st.lists(
    st.fixed_dictionaries({"value": words}, optional={"type": words, "primary": st.booleans()}), max_size=3
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "displayName": texts,
        "title": texts,
        "externalId": texts,
        "active": st.booleans(),
        "name": st.fixed_dictionaries({"familyName": texts}, optional={"givenName": texts}),
        "emails": emails,
        ENTERPRISE: st.fixed_dictionaries({"department": texts}),
    },
)
TEXT_PATHS = [
    "userName",
    "displayName",
    "title",
    "TITLE",
    "nickName",
    "externalId",
    "name.familyName",
    "name.givenName",
    "emails",
    "emails.value",
    "emails.type",
    f"{ENTERPRISE}:department",
    f"{CORE}:displayName",
]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


comparisons = st.one_of(
    st.builds(
        lambda path, operator, value: f"{path} {operator} {quoted(value)}",
        st.sampled_from(TEXT_PATHS),
        st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]),
        words,
    ),
    st.builds("{} pr".format, st.sampled_from([*TEXT_PATHS, "active", "name", "emails.primary"])),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["active", "emails.primary"]),
        st.sampled_from(["eq", "ne"]),
        st.sampled_from(["true", "false"]),
    ),
    st.builds("{} eq null".format, st.sampled_from(TEXT_PATHS)),
)
inner = st.builds(
    lambda path, operator, value: f"{path} {operator} {quoted(value)}",
    st.sampled_from(["value", "type"]),
    st.sampled_from(["eq", "ne", "co", "sw"]),
    words,
)
brackets = st.builds(
    lambda left, joint, right: f"emails[{left} {joint} {right}]", inner, st.sampled_from(["and", "or"]), inner
)
filters = st.recursive(
    st.one_of(comparisons, brackets),
    lambda terms: st.one_of(
        st.builds("({} and {})".format, terms, terms),
        st.builds("({} or {})".format, terms, terms),
        st.builds("not ({})".format, terms),
    ),
    max_leaves=4,
)


@pytest.mark.django_db
@settings(max_examples=settings.default.max_examples // 5)  # each example needs a dozen requests
@given(bodies=st.lists(documents, min_size=1, max_size=5), texts_=st.lists(filters, min_size=1, max_size=6))
def test_sql_selects_what_match_accepts(scim, bodies, texts_):
    Organization.objects.update(revive_on_create=False)  # each document is a separate user
    made = []
    for index, body in enumerate(bodies):
        name = f"{string.ascii_letters[index]}É{index}"
        answer = scim.post("/Users", {"schemas": [CORE], "userName": name, **body})
        assert answer.status_code == 201, answer.document
        made.append(answer.document)
    for text in texts_:
        node = parse_filter(text)
        answer = scim.call("POST", "/Users/.search", {"schemas": [SEARCH], "filter": text, "count": 1000})
        try:
            wanted = {document["id"] for document in made if matches(node, document, USER_RESOURCE)}
        except InvalidFilter:
            assert answer.status_code == 400, text
            continue
        assert answer.status_code == 200, (text, answer.document)
        assert {document["id"] for document in answer.document["Resources"]} == wanted, text
    for document in made:
        scim.delete(f"/Users/{document['id']}")
