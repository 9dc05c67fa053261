"""Excessive or hostile requests are refused by a documented limit with the right scimType, never with a 500."""

import json

import pytest

from controlhub.models import Organization, User
from scim.api import views
from scim.api.throttling import REMEMBERED, Throttle
from scim.protocol.errors import TooManyRequests
from scim.protocol.work import MAX_BODY
from scim.resources.discovery import MAX_MEMBERS, MAX_OPERATIONS, MAX_RESULTS
from tests import factories

PATCH_OP = factories.PATCH_OP
DEEP = "[" * 40 + "]" * 40


def refused(answer, status, scim_type=None):
    document = answer.document
    assert (answer.status_code, document.get("scimType")) == (status, scim_type), document
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert document["status"] == str(status)
    assert document["detail"]
    return True


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "{",
        "null",
        "[]",
        '"text"',
        "NaN",
        '{"userName": NaN}',
        '{"userName": Infinity}',
        '{"userName": 1e400}',
        '{"userName": 123456789012345678901234567890}',
        '{"userName": "a", "userName": "b"}',
        '{"userName": "a", "USERNAME": "b"}',
        '{"userName": "\\ud800"}',
        f'{{"userName": "a", "x": {DEEP}}}',
        b'{"userName": "\xff"}',
        b'\xef\xbb\xbf{"userName": "a"',
    ],
)
def test_body_that_is_not_a_json_object_is_refused(scim, body):
    data = body if isinstance(body, bytes) else body.encode()
    answer = scim.client.generic(
        "POST", f"{scim.base}/Users", data, content_type="application/scim+json", headers=scim.headers
    )
    answer.document = json.loads(answer.content)
    assert refused(answer, 400, "invalidSyntax")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "value", ["nul\0", "x" * 20_000, "", "\u202eevil", "zero\u200bwidth", ["a", "b"], {"a": 1}, True, 1.5, 2**63 - 1]
)
def test_rejects_invalid_user_names(scim, value):
    answer = scim.post("/Users", {"userName": value})
    if isinstance(value, float | int) and not isinstance(value, bool):
        assert answer.status_code == 201, "a number as text is tolerated by name"
    else:
        assert refused(answer, 400, "invalidValue")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/scim+json; charset=latin-1"])
def test_rejects_unsupported_media_types(scim, kind):
    assert refused(scim.post("/Users", {"userName": "x"}, content_type=kind), 415)


@pytest.mark.parametrize("kind", ["application/json", 'application/scim+json; charset="UTF-8"', "Application/JSON"])
def test_supported_media_types_are_accepted(scim, kind):
    assert scim.post("/Users", {"userName": "x"}, content_type=kind).status_code == 201


def test_oversized_body_is_refused(scim):
    assert refused(scim.post("/Users", " " * (MAX_BODY + 1)), 413)
    assert scim.get("/ServiceProviderConfig").document["bulk"]["maxPayloadSize"] == MAX_BODY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        "userName eq",
        "userName eq bob",
        "userName eq 'bob'",
        'userName xx "bob"',
        'userName eq "bob',
        '(userName eq "bob"',
        'userName eq "bob")',
        'userName eq "bob" and',
        'userName eq "bob" userName eq "bob"',
        'not userName eq "bob"',
        "emails[]",
        'emails[type eq "work"',
        'emails[emails[type eq "a"]]',
        'nonsense eq "x"',
        'name.nonsense eq "x"',
        'userName.value eq "x"',
        'urn:nobody:knows:2.0:User:x eq "y"',
        'password eq "secret"',
        "userName gt true",
        "active gt true",
        'active co "t"',
        "active eq 5",
        'meta.created gt "yesterday"',
        'userName eq "\\ud800"',
        'userName eq "\\u0000"',
        "userName eq " + "9" * 400,
        "(" * 40 + 'userName eq "x"' + ")" * 40,
        " or ".join(['userName eq "x"'] * 201),
        f'userName eq "{"x" * 9_000}"',
    ],
)
def test_rejects_malformed_filters(scim, text):
    factories.make_user(Organization.objects.get(), "bob")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    assert refused(scim.post("/Users/.search", body), 400, "invalidFilter")


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "add", "path": "__class__", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "organization_id", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "organization.id", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "is_staff", "value": True}, "invalidPath"),
        ({"op": "add", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'emails[type eq "work"].nonsense', "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'emails[nonsense eq "work"].value', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "groups", "value": []}, "mutability"),
        ({"op": "replace", "path": "userName", "value": None}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
        ({"op": "add", "path": "active"}, "invalidValue"),
        ({"op": "add", "value": "text"}, "invalidValue"),
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "add", "path": 5, "value": "x"}, "invalidSyntax"),
        ({"op": "add", "path": "title", "value": "nul\0"}, "invalidValue"),
        ("text", "invalidSyntax"),
    ],
)
def test_rejects_malformed_operations(scim, organization, operation, scim_type):
    user = factories.make_user(organization)
    assert refused(scim.patch(f"/Users/{user.pk}", operation), 400, scim_type)
    user.refresh_from_db()
    assert user.version == 1


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH_OP]},
        {"schemas": [PATCH_OP], "Operations": []},
        {"schemas": [PATCH_OP], "Operations": "add"},
        {"schemas": ["urn:wrong"], "Operations": [{"op": "add", "path": "title", "value": "x"}]},
        {"schemas": PATCH_OP, "Operations": [{"op": "add", "path": "title", "value": "x"}]},
        [],
    ],
)
def test_rejects_malformed_patches(scim, organization, body):
    user = factories.make_user(organization)
    assert refused(scim.call("PATCH", f"/Users/{user.pk}", body), 400, "invalidSyntax")


def test_too_many_operations_are_refused(scim, organization):
    user = factories.make_user(organization)
    operations = [{"op": "add", "path": "title", "value": "x"}] * 1_001
    assert refused(scim.patch(f"/Users/{user.pk}", *operations), 400, "invalidValue")
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": "/Users/x"}] * (MAX_OPERATIONS + 1),
    }
    assert refused(scim.post("/Bulk", body), 413)


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        ("count=many", "invalidValue"),
        ("startIndex=first", "invalidValue"),
        ("sortBy=nonsense", "invalidValue"),
        ('sortBy=emails[type eq "work"]', "invalidValue"),
        ("sortBy=userName&sortOrder=sideways", "invalidValue"),
        ("sortBy=groups", "invalidValue"),
    ],
)
def test_invalid_parameters_are_refused(scim, query, scim_type):
    assert refused(scim.get(f"/Users?{query}"), 400, scim_type)


@pytest.mark.parametrize(
    ("query", "start", "count"),
    [
        ("startIndex=0", 1, 1),
        ("startIndex=-5", 1, 1),
        ("count=-1", 1, 0),
        ("count=0", 1, 0),
        ("count=99999999999", 1, 1),
    ],
)
def test_out_of_range_start_index_and_count_are_corrected(scim, organization, query, start, count):
    factories.make_user(organization)
    document = scim.get(f"/Users?{query}").document
    assert (document["totalResults"], document["startIndex"], document["itemsPerPage"]) == (1, start, count)


@pytest.mark.parametrize(
    "path", ["/Users/1", "/Users/..%2f", "/Users/%00", f"/Users/{'x' * 999}", "/Nothing", "/a/b/c"]
)
def test_unknown_paths_are_not_found(scim, path):
    assert refused(scim.get(path), 404)


@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"])
def test_discovery_cannot_be_written_or_filtered(scim, path):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = scim.call(method, path, {})
        assert refused(answer, 405)
        assert answer["Allow"] == "GET"
    assert refused(scim.get(f'{path}?filter=name eq "User"'), 403)


def test_announced_limits_are_correct(scim, organization):
    config = scim.get("/ServiceProviderConfig").document
    assert config["filter"]["maxResults"] == config["pagination"]["maxPageSize"] == MAX_RESULTS
    assert config["bulk"]["maxOperations"] == MAX_OPERATIONS
    group = scim.post("/Groups", {"displayName": "Crew"}).document["id"]
    assert scim.get(f"/Groups/{group}/Members?count={MAX_MEMBERS + 1}").status_code == 200


def test_connection_beyond_the_rate_limit_must_wait(scim, monkeypatch):
    monkeypatch.setattr(views, "THROTTLE", Throttle(0.2))
    assert [scim.get("/Users").status_code for _ in range(3)] == [200, 200, 429]
    answer = scim.get("/Users")
    assert refused(answer, 429)
    assert 1 <= int(answer["Retry-After"]) <= 6


def test_rate_limit_recovers_over_time(monkeypatch):
    clock = iter([0.0] * 101 + [1.0] * 11)
    monkeypatch.setattr("scim.api.throttling.time.monotonic", lambda: next(clock))
    throttle = Throttle(10)
    for _ in range(100):
        throttle.take("a")
    with pytest.raises(TooManyRequests):
        throttle.take("a")
    for _ in range(10):
        throttle.take("a")
    with pytest.raises(TooManyRequests):
        throttle.take("a")


def test_other_tokens_do_not_reset_the_rate_limit_of_one_in_use():
    throttle = Throttle(0.1)
    throttle.take("busy")
    for number in range(2 * REMEMBERED):
        throttle.take(f"other {number}")
        with pytest.raises(TooManyRequests):
            throttle.take("busy")
