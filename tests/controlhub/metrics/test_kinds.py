"""Requests are distinguished by a small number of labels."""

import pytest

from controlhub.metrics.kinds import kind_of, method_of, status_of

ORG = "a35bfbc6-ccbd-4a17-a488-72bf46c5420c"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"/v1/scim/{ORG}/Users", ("scim", "Users")),
        (f"/v1/scim/{ORG}/Users/{ORG}", ("scim", "Users")),
        (f"/v1/scim/{ORG}/Groups/{ORG}/Members", ("scim", "Groups")),
        (f"/v1/scim/{ORG}/Devices/1", ("scim", "other")),
        (f"/v1/scim/{ORG}", ("scim", "other")),
        ("/v1/scim", ("scim", "other")),
        (f"/identity/scim/{ORG}/v2/Users/{ORG}/", ("scim", "Users")),
        (f"/identity/scim/{ORG}/v2/Bulk", ("scim", "Bulk")),
        ("/identity/scim/v2/Users/me", ("scim", "Users")),
        ("/identity/scim/v2/Schemas/SCIM2/User", ("scim", "Schemas")),
        ("/identity/else", ("portal", "")),
        ("/v1/people", ("portal", "")),
        ("/oauth/token", ("token", "")),
        ("/health/ready", ("health", "")),
        ("/static/app.css", ("static", "")),
        ("/metrics", ("metrics", "")),
        ("/users/", ("portal", "")),
        ("/", ("portal", "")),
        ("", ("portal", "")),
        ("//v1//scim", ("portal", "")),
    ],
)
def test_path_determines_the_kind(path, kind):
    assert kind_of(path) == kind


def test_number_of_labels_is_limited_for_any_input():
    paths = [f"/{name}/scim/{name}/{name}/{name}" for name in ("v1", "identity", "x" * 500, "é", "..", "%2f")]
    assert {kind_of(path) for path in paths} <= {("scim", "other"), ("portal", "")}
    assert {method_of(method) for method in ("BREW", "get", "", None)} == {"other"}


def test_rate_limits_and_outages_are_counted_separately():
    assert [status_of(status) for status in (400, 429, 500, 503)] == ["4xx", "429", "5xx", "503"]
