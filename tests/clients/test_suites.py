"""External test suites over HTTP: scim-sanity, and schemathesis with the OpenAPI description."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests import factories

BASES = ["/v1/scim/{}", "/identity/scim/{}/v2"]
# The coverage phase makes thousands of cases, and the second base has the same resources.
PHASES = dict(zip(BASES, ("coverage,fuzzing,stateful", "fuzzing,stateful"), strict=True))
PROGRAMS = Path(sys.executable).parent
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth,use_after_free"
)


@pytest.fixture(params=BASES)
def provider(request, transactional_db, site):
    """The URL of a running service provider, and a token."""
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    return site + request.param.format(organization.pk), secret


@pytest.mark.processes
@pytest.mark.parametrize("profile", [(), ("--profile", "entra")], ids=["plain", "entra"])
def test_scim_sanity_finds_no_error(provider, profile):
    base, secret = provider
    command = [PROGRAMS / "scim-sanity", "probe", base, "--token", secret, "--i-accept-side-effects", "--json-output"]
    done = subprocess.run([*command, *profile], capture_output=True, text=True, timeout=120, check=False)
    summary = json.loads(done.stdout)["summary"]
    assert (summary["failed"], summary["errors"], done.returncode) == (0, 0, 0), done.stdout
    assert summary["passed"] > 25


@pytest.mark.processes
@pytest.mark.parametrize(("provider", "phases"), PHASES.items(), indirect=["provider"], ids=PHASES)
def test_schemathesis_finds_no_error(provider, phases):
    base, secret = provider
    command = [PROGRAMS / "st", "run", f"{base}/openapi.json", "-H", f"Authorization: Bearer {secret}"]
    options = ["--checks", CHECKS, "--phases", phases, "--max-examples", "5", "--continue-on-failure", "--no-color"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4_000:]


def test_openapi_description_is_valid(scim):
    for path in ("/Users", "/Users/{id}", "/Groups/{id}/Members", "/Bulk"):
        assert path in scim.get("/openapi.json").document["paths"]
    validate(scim.get("/openapi.json").document)


def test_openapi_description_for_a_personal_token_includes_me(organization):
    from tests.conftest import ScimClient

    user = factories.make_user(organization)
    _, secret = factories.make_token(organization, user=user)
    description = ScimClient(organization, secret).get("/openapi.json").document
    assert "/Me" in description["paths"]
    validate(description)
