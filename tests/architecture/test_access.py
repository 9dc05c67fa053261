"""Every route of the site, from the URL resolver: none opens without credentials or across organizations.

New routes are covered automatically. Open routes are listed here with the reason.
"""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from controlhub.models import Role
from tests import factories
from tests.conftest import ScimClient

OPEN = {
    "health-live": "asked by supervisors before anybody can sign in",
    "health-ready": "asked by supervisors before anybody can sign in",
    "metrics": "does not exist without METRICS_TOKEN, and is refused without that token",
    "account_login": "where credentials are given",
    "organization-sign-in": "where credentials are given, at the address of one organization",
    "account_logout": "ends a session; without one there is nothing to protect",
    "mfa_authenticate": "the second step of a sign-in whose first step is in the session",
    "mfa_login_webauthn": "where a passkey is shown",
    "openid_connect_login": "leads to an organization's provider",
    "openid_connect_callback": "where the provider sends people back to",
    "account_reset_password": "the same response for everyone",
    "account_reset_password_done": "says nothing about anybody",
    "account_reset_password_from_key": "the link itself is the secret",
    "account_reset_password_from_key_done": "says nothing about anybody",
    "invitation-accept": "the link itself is the secret",
    "oauth-token": "where client credentials are exchanged for a token; refused without them",
}
METHODS = ("get", "post", "put", "patch", "delete")


def routes(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield entry.name, prefix + str(entry.pattern)


def address(pattern, organization_id):
    """One address that matches the pattern."""
    text = re.sub(r"\(\?P<organization_id>.*?12\}\)", str(organization_id), pattern)
    text = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), text)
    text = re.sub(r"<(slug|path):\w+>", "nonsense", text)
    text = text.replace("(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)", "1-nonsense")
    text = re.sub(r"<int:\w+>", "1", text)
    text = re.sub(r"\(\?P<endpoint>.*?A-Za-z0-9\]\*\)", "Users", text)
    text = re.sub(r"\(\?P<resource_id>(\(\?!.*?\))?\[\^/\]\+\)", str(uuid.uuid4()), text)
    text = text.replace("(?P<type_name>User|Group)", "User")
    text = text.replace("(?P<kind>ServiceProviderConfig)", "ServiceProviderConfig")
    text = text.replace("(?P<kind>Schemas|ResourceTypes)(?:/(?P<name>[^/]+))?", "Schemas")
    text = text.replace("v[0-9]+", "v1")
    text = text.replace(r"(?:/[\s\S]*)?", "/Anything")
    text = text.replace("(?:/.*)?", "/Anything").replace("/?", "").replace(r"\.", ".").strip("^$").replace("^", "")
    assert not re.search(r"[(<\\?]", text), f"teach `address` the pattern {pattern}"
    return "/" + text


ROUTES = sorted({(name, pattern) for name, pattern in routes()})
SCIM_ROUTES = [route for route in ROUTES if route[0].startswith("scim-")]
AUDIT_ROUTES = [route for route in ROUTES if route[0].startswith("audit-api-")]
PAGES = [route for route in ROUTES if not route[0].startswith(("scim-", "audit-api-")) and route[0] not in OPEN]


def test_resolver_finds_known_routes():
    assert len(SCIM_ROUTES) >= 16
    assert {"user-list", "provisioning", "event-list"} <= {name for name, _ in PAGES}


@pytest.mark.parametrize(("name", "pattern"), [*SCIM_ROUTES, *AUDIT_ROUTES])
@pytest.mark.parametrize("method", METHODS)
def test_apis_reject_requests_without_a_token(organization, name, pattern, method):
    response = getattr(Client(), method)(address(pattern, organization.pk))
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    expected = {"schemas", "status", "detail"} if name.startswith("scim-") else {"message", "errors", "trackingId"}
    assert set(response.json()) == expected


@pytest.mark.parametrize(("name", "pattern"), [route for route in SCIM_ROUTES if "organization_id" in route[1]])
@pytest.mark.parametrize("method", METHODS)
def test_scim_hides_another_organization(organization, other_organization, name, pattern, method):
    _, secret = factories.make_token(other_organization)
    response = getattr(Client(), method)(
        address(pattern, organization.pk), headers={"Authorization": f"Bearer {secret}"}
    )
    assert response.status_code == 404
    assert response.json()["detail"] == "There is no such organization."


@pytest.mark.parametrize(("name", "pattern"), PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_require_signing_in(organization, name, pattern, method):
    response = getattr(Client(), method)(address(pattern, organization.pk))
    if response.status_code == 405:
        return
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


FULL, USER, READ, HELP, AUDITOR = Role.FULL_ADMIN, Role.USER_ADMIN, Role.READ_ONLY_ADMIN, Role.HELP_DESK, Role.AUDITOR
ALL = {FULL, USER, READ, HELP, AUDITOR}
ALLOWED = {
    "home": ALL,
    "search": ALL,
    "theme-choose": ALL,
    "user-list-layout": ALL - {AUDITOR},
    "user-view-save": ALL - {AUDITOR},
    "user-view-change": ALL - {AUDITOR},
    "user-view-delete": ALL - {AUDITOR},
    "group-view-save": ALL - {AUDITOR},
    "group-view-change": ALL - {AUDITOR},
    "group-view-delete": ALL - {AUDITOR},
    "language-choose": ALL,
    "time-zone-choose": ALL,
    "reveal-end": ALL,
    "account_reauthenticate": ALL,
    "mfa_reauthenticate": ALL,
    "mfa_reauthenticate_webauthn": ALL,
    "openid_connect_again": ALL,
    "mfa_index": ALL,
    "factor-setup": ALL,
    "account_change_password": ALL,
    "mfa_activate_totp": ALL,
    "mfa_deactivate_totp": ALL,
    "mfa_add_webauthn": ALL,
    "mfa_remove_webauthn": ALL,
    "mfa_view_recovery_codes": ALL,
    "mfa_generate_recovery_codes": ALL,
    "identity-unlink": ALL,
    "account-detail": ALL,
    "own-token-issue": ALL,
    "own-token-revoke": ALL,
    "session-end-others": ALL,
    "user-list": ALL - {AUDITOR},
    "user-detail": ALL - {AUDITOR},
    "user-actions": ALL - {AUDITOR},
    "user-profile": ALL - {AUDITOR},
    "user-attribute": {FULL, USER},
    "user-override-remove": {FULL, USER},
    "user-note": {FULL, USER},
    "user-groups": ALL - {AUDITOR},
    "user-access": ALL - {AUDITOR},
    "user-activity": {FULL, USER, READ},
    "user-record": ALL - {AUDITOR},
    "user-deleted-list": ALL - {AUDITOR},
    "group-list": ALL - {AUDITOR},
    "group-detail": ALL - {AUDITOR},
    "group-settings": ALL - {AUDITOR},
    "group-nested": ALL - {AUDITOR},
    "group-record": ALL - {AUDITOR},
    "group-activity": {FULL, USER, READ},
    "group-create": {FULL, USER},
    "group-rename": {FULL, USER},
    "group-delete": {FULL, USER},
    "group-member-add": {FULL, USER},
    "group-member-remove": {FULL, USER},
    "admin-list": ALL - {AUDITOR},
    "admin-export": ALL - {AUDITOR},
    "admin-give": {FULL, USER},
    "organization-detail": ALL - {AUDITOR},
    "purge-list": ALL - {AUDITOR},
    "receipt": ALL - {AUDITOR},
    "user-reactivate": {FULL, USER, HELP},
    "user-restore-many": {FULL, USER, HELP},
    "user-invite": {FULL, USER, HELP},
    "user-add": {FULL, USER},
    "user-add-many": {FULL, USER},
    "user-deactivate": {FULL, USER},
    "user-deactivate-many": {FULL, USER},
    "user-export": ALL - {AUDITOR},
    "user-delete-many": {FULL, USER},
    "user-group-many": {FULL, USER},
    "user-sign-out-many": {FULL, USER},
    "user-reactivate-many": {FULL, USER, HELP},
    "user-invite-many": {FULL, USER, HELP},
    "user-hold-many": {FULL},
    "user-release-many": {FULL},
    "user-import": {FULL, USER},
    "user-import-template": {FULL, USER},
    "user-import-detail": {FULL, USER},
    "user-import-columns": {FULL, USER},
    "user-import-apply": {FULL, USER},
    "user-import-failed": {FULL, USER},
    "user-import-result": {FULL, USER},
    "user-delete": {FULL, USER},
    "user-extend": {FULL, USER},
    "user-revoke-access": {FULL, USER},
    "role-assign": {FULL, USER},
    "group-map": {FULL, USER},
    "group-unmap": {FULL, USER},
    "user-reset-factors": {FULL, USER},
    "stream-list": {FULL, USER, READ, AUDITOR},
    "stream-detail": {FULL, USER, READ, AUDITOR},
    "stream-add": {FULL},
    "stream-change": {FULL},
    "stream-pause": {FULL},
    "stream-resume": {FULL},
    "stream-try": {FULL},
    "stream-replay": {FULL},
    "stream-gaps-replay": {FULL},
    "stream-gaps-dismiss": {FULL},
    "stream-delete": {FULL},
    "alert-list": {FULL, USER, READ, AUDITOR},
    "alert-detail": {FULL, USER, READ, AUDITOR},
    "alert-add": {FULL},
    "alert-change": {FULL},
    "alert-pause": {FULL},
    "alert-resume": {FULL},
    "alert-test": {FULL},
    "alert-delete": {FULL},
    "directory-user-list": {FULL, USER, READ},
    "directory-deleted-list": {FULL, USER, READ},
    "directory-user-detail": {FULL, USER, READ},
    "directory-group-list": {FULL, USER, READ},
    "directory-group-detail": {FULL, USER, READ},
    "directory-user-add": {FULL, USER},
    "directory-user-edit": {FULL, USER},
    "directory-user-delete": {FULL, USER},
    "directory-user-restore": {FULL, USER},
    "directory-import": {FULL, USER},
    "directory-import-template": {FULL, USER},
    "directory-import-detail": {FULL, USER},
    "directory-import-apply": {FULL, USER},
    "directory-import-result": {FULL, USER},
    "directory-import-failed": {FULL, USER},
    "directory-user-enable": {FULL, USER},
    "directory-user-disable": {FULL, USER},
    "directory-user-group": {FULL, USER},
    "directory-user-purge": {FULL, USER},
    "directory-forward": {FULL},
    "directory-group-add": {FULL, USER},
    "directory-group-edit": {FULL, USER},
    "directory-group-delete": {FULL, USER},
    "directory-group-rule": {FULL, USER},
    "directory-group-member-add": {FULL, USER},
    "directory-group-member-remove": {FULL, USER},
    "application-list": {FULL, USER, READ},
    "application-gallery": {FULL},
    "application-template": {FULL},
    "application-add": {FULL},
    "application-detail": {FULL, USER, READ},
    "application-logs": {FULL, USER, READ},
    "directory-log-list": {FULL, USER, READ},
    "directory-log-detail": {FULL, USER, READ},
    "directory-log-export": {FULL, USER, READ},
    "application-demand": {FULL},
    "application-dry-run": {FULL},
    "application-effects": {FULL},
    "application-effects-file": {FULL},
    "application-start": {FULL},
    "application-stop": {FULL},
    "application-undo": {FULL},
    "application-pause": {FULL},
    "application-resume": {FULL},
    "application-restart": {FULL},
    "application-removals": {FULL},
    "application-allow": {FULL},
    "application-reject": {FULL},
    "application-rename": {FULL},
    "application-delete": {FULL},
    "application-provisioning": {FULL},
    "application-test": {FULL},
    "application-mappings": {FULL},
    "application-mapping": {FULL},
    "application-mapping-preview": {FULL},
    "application-filters": {FULL},
    "application-import": {FULL},
    "application-export": {FULL},
    "application-schema": {FULL},
    "application-filters-preview": {FULL},
    "application-mapping-remove": {FULL},
    "application-mappings-restore": {FULL},
    "application-assignments": {FULL, USER, READ},
    "application-assign": {FULL, USER},
    "application-unassign": {FULL, USER},
    "provider-list": {FULL},
    "provider-add": {FULL},
    "provider-change": {FULL},
    "provider-remove": {FULL},
    "user-purge": {FULL},
    "person-data": {FULL},
    "person-erase": {FULL},
    "user-purge-many": {FULL},
    "user-review": {FULL},
    "user-hold": {FULL},
    "user-release": {FULL},
    "purge-allow": {FULL},
    "purge-hold": {FULL},
    "backup-confirm": {FULL},
    "organization-change": {FULL},
    "sign-in-policy": ALL - {AUDITOR},
    "sign-in-policy-change": {FULL},
    "organization-rename": {FULL},
    "mail-test": {FULL},
    "mail-retry": {FULL},
    "organization-hold": {FULL},
    "organization-release": {FULL},
    "provisioning": {FULL, USER, READ},
    "schema-list": {FULL, USER, READ},
    "request-list": {FULL, USER, READ},
    "request-detail": {FULL, USER, READ},
    "request-reveal": {FULL},
    "connection-add": {FULL},
    "connection-detail": {FULL, USER, READ},
    "self-test-detail": {FULL, USER, READ},
    "self-test-run": {FULL},
    "connection-rename": {FULL},
    "connection-delete": {FULL},
    "connection-pause": {FULL},
    "connection-resume": {FULL},
    "token-issue": {FULL},
    "token-revoke": {FULL},
    "token-rotate": {FULL},
    "client-issue": {FULL},
    "connection-revoke": {FULL},
    "schema-register": {FULL},
    "schema-remove": {FULL},
    "resource-type-register": {FULL},
    "resource-type-remove": {FULL},
    "policies-change": {FULL},
    "checkpoint-list": {FULL, USER, READ, AUDITOR},
    "checkpoint-note": {FULL, USER, READ, AUDITOR},
    "event-export": {FULL, USER, READ, AUDITOR},
    "event-view-save": {FULL, USER, READ, AUDITOR},
    "event-view-change": {FULL, USER, READ, AUDITOR},
    "event-view-delete": {FULL, USER, READ, AUDITOR},
    "event-list": {FULL, USER, READ, AUDITOR},
    "event-detail": {FULL, USER, READ, AUDITOR},
    "event-live": {FULL, USER, READ, AUDITOR},
    "event-proof": {FULL, USER, READ, AUDITOR},
    "job-list": {FULL, USER, READ},
    "job-own-list": ALL,
    "job-bell": ALL,
    "job-detail": ALL,
    "job-pause": ALL,
    "job-resume": ALL,
    "job-cancel": ALL,
    "job-undo": ALL,
}


def test_every_page_lists_its_allowed_roles():
    assert {name for name, _ in PAGES} == set(ALLOWED), "say in ALLOWED which roles may open the page"


@pytest.mark.parametrize("role", Role)
def test_roles_can_open_only_their_pages(organization, role):
    factories.make_admin(organization, "neo@example.com")
    account, _ = factories.make_admin(organization, "trinity@example.com", role)
    client = factories.browser(account)
    for name, pattern in PAGES:
        for method in ("get", "post"):
            status = getattr(client, method)(address(pattern, organization.pk)).status_code
            if status != 405:
                assert (status != 403) is (role in ALLOWED[name]), f"{role}: {method} {name} answered {status}"
    assert client.get("/", follow=True).status_code == 200, "every role has a first page"


def test_resources_of_another_organization_do_not_exist(organization, other_organization, scim, portal):
    stranger = factories.make_user(other_organization, "smith@machine.example")
    for method in ("get", "delete"):
        assert getattr(scim, method)(f"/Users/{stranger.pk}").status_code == 404
    assert scim.put(f"/Users/{stranger.pk}", {"userName": "mine"}).status_code == 404
    assert scim.patch(f"/Users/{stranger.pk}", {"op": "remove", "path": "title"}).status_code == 404
    assert scim.get('/Users?filter=userName eq "smith@machine.example"').document["totalResults"] == 0
    for path in (
        "",
        "profile/",
        "profile/title/edit/",
        "note/",
        "groups/",
        "access/",
        "activity/",
        "record/",
        "deactivate/",
        "delete/",
        "purge/",
    ):
        assert portal.get(f"/users/{stranger.pk}/{path}").status_code == 404
    assert "smith@machine.example" not in portal.get("/users/").content.decode()
    assert "smith@machine.example" not in portal.get("/audit/").content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_read_only_token_cannot_write(organization, method):
    from controlhub.models import Scope

    _, secret = factories.make_token(organization, scopes=[Scope.SCIM_READ])
    client = ScimClient(organization, secret)
    user = factories.make_user(organization)
    assert client.get(f"/Users/{user.pk}").status_code == 200
    assert client.call(method.upper(), f"/Users/{user.pk}", {}).status_code == 403
