"""Which of the two media types a response has: quality values decide (RFC 9110 §12.4.2)."""

import gzip

import pytest

from tests import surfaces

SCIM, JSON = "application/scim+json", "application/json"
DEFAULTS = {"v1": SCIM, "webex": JSON}
DEFAULT = "the base path's own"
CASES = {
    "": DEFAULT,
    "*/*": DEFAULT,
    "application/*": DEFAULT,
    "text/html": DEFAULT,
    "nonsense": DEFAULT,
    ",;=,": DEFAULT,
    JSON: JSON,
    SCIM: SCIM,
    "APPLICATION/JSON": JSON,
    f"{SCIM};q=0, {JSON}": JSON,
    f"{JSON}, {SCIM};q=0": JSON,
    f"{JSON};q=0, {SCIM}": SCIM,
    f"{SCIM};q=0": JSON,
    f"{JSON};q=0": SCIM,
    f"{JSON};q=0, */*": SCIM,
    f"{SCIM};q=0, */*": JSON,
    f"{SCIM};q=0.000, application/*;q=0.1": JSON,
    f"{JSON};q=0, {SCIM};q=0": DEFAULT,
    "*/*;q=0": DEFAULT,
    f"{JSON};q=0.5, {SCIM}": SCIM,
    f"{JSON};q=0.5,{SCIM};q=0.4": JSON,
    f"{SCIM};q=0.1, {JSON};q=0.2": JSON,
    f"{SCIM};q=0.001, {JSON};q=0.002": JSON,
    f"{SCIM}; q=0.3 , {JSON}; q=0.7": JSON,
    f"{SCIM};Q=0.3, {JSON};q=0.7": JSON,
    f"{JSON};q=0.2, */*;q=0.1": JSON,
    f"{JSON};q=0.2, */*;q=0.8": SCIM,
    f"{JSON};q=0.2, application/*;q=0.8, */*;q=0.1": SCIM,
    f"application/*;q=0.3, */*;q=0.9, {JSON};q=0.4": JSON,
    # With equal quality, exact types come before wildcards, and earlier ones before later ones.
    f"{JSON}, {SCIM}": JSON,
    f"{SCIM}, {JSON}": SCIM,
    f"{JSON}, text/plain, */*": JSON,
    f"*/*, {SCIM}": SCIM,
    f"text/html, {JSON}": JSON,
    # Parameters of the type itself, as older clients send them.
    f"{JSON}; charset=utf-8": JSON,
    f"{SCIM};charset=UTF-8;q=0.2, {JSON};q=0.9": JSON,
    f"{JSON};odata.metadata=minimal": JSON,
    f"{JSON};charset=utf-8;q=0.9, {JSON};q=0.1, {SCIM};q=0.5": SCIM,
    # An invalid quality value counts as 1.
    f"{JSON};q=high, {SCIM};q=0.9": JSON,
}


@pytest.mark.parametrize("base", surfaces.BASES)
def test_response_has_the_preferred_media_type(organization, base):
    client = surfaces.client(organization, base)
    wrong = {}
    for accept, kind in CASES.items():
        expected = {DEFAULT: DEFAULTS[base]}.get(kind, kind)
        answers = client.get("/Users?count=0", Accept=accept), client.get("/Nothing", Accept=accept)
        if (found := {answer["Content-Type"] for answer in answers}) != {expected}:
            wrong[accept] = found
    assert not wrong


@pytest.mark.parametrize("base", surfaces.BASES)
def test_response_has_the_default_type_without_the_header(organization, base):
    assert surfaces.client(organization, base).get("/Users?count=0")["Content-Type"] == DEFAULTS[base]


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("accept", ["application/json;charset*=nonsense''x", "é", "a/b;" * 2000, "\x7f"])
def test_hostile_values_have_no_effect(organization, base, accept):
    answer = surfaces.client(organization, base).get("/Users?count=0", Accept=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"] in {SCIM, JSON}


WRITES = [
    (endpoint, method)
    for endpoint in ("/Users", "/Groups", "/Devices", "/Bulk", "/.search", "/Users/.search")
    for method in ("POST", "PUT", "PATCH")
    if method == "POST" or endpoint in {"/Users", "/Groups", "/Devices"}
]


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize(("endpoint", "method"), WRITES)
def test_encoded_body_gets_415(organization, base, endpoint, method):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    path = endpoint if method == "POST" else f"{endpoint}/0197f0c0-0000-7000-8000-000000000000"
    body = gzip.compress(b'{"userName": "neo@example.com"}')
    for coding in ("gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "nonsense"):
        headers = {**client.headers, "Content-Encoding": coding}
        answer = client.client.generic(method, client.base + path, body, content_type=SCIM, headers=headers)
        assert answer.status_code == 415, coding
        assert answer["Accept-Encoding"] == "identity", "RFC 9110 §15.5.16"
        assert "Content-Encoding" in answer.json()["detail"]


@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_unencoded_body_is_accepted(organization, base, coding):
    body = {"schemas": [surfaces.KINDS["user"].core], "userName": "neo@example.com"}
    answer = surfaces.client(organization, base).post("/Users", body, **{"Content-Encoding": coding})
    assert answer.status_code == 201


def test_415_for_the_media_type_does_not_mention_the_encoding(organization):
    answer = surfaces.client(organization, "v1").post("/Users", {}, content_type="text/plain")
    assert answer.status_code == 415
    assert "Accept-Encoding" not in answer
