"""Recent authentication for everything that grants access or removes protection. No form data is lost."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.models import AccessToken, Alert, Job, JobState, OutgoingMail, PurgeRun, Stream, UserRemark
from controlhub.portal.drafts import KEY, MAX_BYTES, SECRETS
from controlhub.portal.step_up import STEP_UP, WITHOUT_PROOF, Ask
from directory.models import Application
from tests import factories, pages
from tests.scenes import PORTAL, Scene, undone
from tests.visits import visited_pages

ISSUER = "https://login.example.com/tenant/v2.0"


@pytest.fixture
def scene(db):
    return Scene()


# --- The table, against the resolver ---------------------------------------------------------------------


def takes_posts(scene):
    """The names of the pages that do not respond to a POST with 405. Their effects are rolled back."""
    browser, names = factories.browser(scene.admin), set()
    for name in PORTAL:
        with undone(browser):
            if browser.post(scene.address(name)).status_code != 405:
                names.add(name)
    return names


def test_every_view_that_takes_a_form_is_classified(scene):
    taking = takes_posts(scene)
    assert len(taking) > 50
    known = STEP_UP.keys() | WITHOUT_PROOF.keys()
    assert taking - known == set(), "say in controlhub.portal.step_up whether these need a fresh proof, and why not"
    assert known - PORTAL.keys() == set(), "these views do not exist"
    assert WITHOUT_PROOF.keys() <= taking, "these take no form"
    assert not STEP_UP.keys() & WITHOUT_PROOF.keys()
    assert STEP_UP.keys() - taking == {"mfa_view_recovery_codes"}, "a page that shows secrets when it is opened"


# --- Each view of the table ---------------------------------------------------------------------------------


def samples(scene):
    """The form data for each view, by view name. {} if there is only a button."""
    ids = [str(scene.deleted.pk)]
    return {
        "token-issue": {"name": "Okta", "scopes": ["scim:read"], "days": "3650"},
        "token-rotate": {},
        "request-reveal": {},
        "client-issue": {},
        "own-token-issue": {"name": "Script", "scopes": ["scim:write"], "days": "77"},
        "user-add": {"address": "cypher@example.com", "given_name": "Cy", "title": "Op", "role": "full_admin"},
        "user-add-many": {"rows": "5", "r0-address": "cypher@example.com", "r0-title": "Op", "role": "full_admin"},
        "user-invite": {},
        "user-import-apply": {},
        "directory-import-apply": {},
        "user-reactivate": {},
        "user-restore-many": {"ids": [str(scene.deleted.pk), str(scene.held.pk)]},
        "user-reactivate-many": {"ids": [str(scene.inactive.pk)]},
        "user-invite-many": {"ids": [str(scene.invited.pk)]},
        "user-group-many": {"ids": [str(scene.active.pk)]},
        "user-hold-many": {"ids": [str(scene.inactive.pk)]},
        "user-release-many": {"ids": [str(scene.held.pk)]},
        "job-undo": {},
        "user-attribute": {"value": "Manager"},
        "user-override-remove": {},
        "role-assign": {"role": "auditor"},
        "group-map": {"group": "Ops", "role": "full_admin"},
        "group-unmap": {},
        "group-member-add": {"ids": [str(scene.active.pk)]},
        "admin-give": {"user": str(scene.active.pk), "role": "auditor"},
        "provider-add": {"name": "Okta", "issuer": ISSUER, "client_id": "abc", "match_claim": "oid"},
        "provider-change": {"name": "Okta", "issuer": ISSUER, "client_id": "abc", "match_claim": "sub"},
        "provider-remove": {},
        "connection-delete": {},
        "policies-change": {"tolerated": ["operation-case"], "unique_group_names": "on"},
        "mfa_activate_totp": {},
        "mfa_add_webauthn": {"name": "Phone"},
        "mfa_generate_recovery_codes": {},
        "mfa_deactivate_totp": {},
        "mfa_remove_webauthn": {},
        "identity-unlink": {},
        "user-reset-factors": {},
        "user-hold": {"reason": "Case 8"},
        "user-release": {},
        "user-review": {"number": "1"},
        "user-purge": {"confirm": "smith@example.com"},
        "directory-user-purge": {"ids": [str(scene.deleted_person.pk)], "confirm": "delete 1"},
        "directory-forward": {"days": "30", "due": "1"},
        "user-purge-many": {"ids": ids, "confirm": "delete 1"},
        "person-data": {"format": "json"},
        "person-erase": {},
        "purge-allow": {"due": "3"},
        "organization-change": {
            "retention_days": "33",
            "purge_deactivated": "on",
            "scim_delete": "soft",
            "purge_share": "7",
            "purge_floor": "9",
        },
        "organization-hold": {"reason": "Case 9"},
        "sign-in-policy-change": {
            "require_second_factor": "on",
            "session_hours": "8",
            "session_idle_minutes": "30",
            "allowed_networks": "127.0.0.0/8",
        },
        "organization-release": {},
        "stream-add": {"name": "SIEM", "kind": "webhook", "url": "https://siem.example.com/in"},
        "stream-change": {"name": "Lake"},
        "stream-pause": {},
        "stream-resume": {},
        "stream-replay": {"since": "2026-01-01T00:00"},
        "stream-gaps-replay": {},
        "stream-gaps-dismiss": {},
        "stream-delete": {},
        "alert-add": ALERT,
        "alert-change": {**ALERT, "name": "Others"},
        "alert-pause": {},
        "alert-resume": {},
        "alert-test": {},
        "alert-delete": {},
        "application-provisioning": {"tenant_url": "https://webex.example.com/scim", "mode": "automatic"},
        "application-mapping": {"target": "title", "kind": "constant", "constant": "Guide", "when": "create"},
        "application-filters": {"g0_attribute_0": "city", "g0_operator_0": "EQUALS", "g0_value_0": "Bonn"},
        "application-import": {},
        "application-mapping-remove": {},
        "application-mappings-restore": {},
        "application-assign": {},
        "application-undo": {},
        "application-delete": {},
    }


ALERT = {
    "name": "Roles",
    "trigger": "full-admin",
    "query": "",
    "threshold": "1",
    "window": "60",
    "emails": "ops@example.com",
    "url": "",
}
SUBJECTS = {
    "user-invite": "invited",
    "user-reset-factors": "self",
    "role-assign": "invited",
    "user-reactivate": "inactive",
    "user-hold": "inactive",
    "user-release": "held",
    "user-purge": "inactive",
}
"""Views about a user who must not be Active."""


def address_of(scene, name):
    ids = {"user_id": getattr(scene, SUBJECTS[name]).pk} if name in SUBJECTS else {}
    return scene.address(name, **ids)


def prepared(scene, name):
    if name == "user-override-remove":
        overrides = {"title": {"value": "Tour Guide", "sent": None, "by": "", "at": "", "reason": "Case 1"}}
        UserRemark.objects.create(user_id=scene.active.pk, organization=scene.organization, overrides=overrides)
    if name == "job-undo":
        Job.objects.filter(pk=scene.ids["job_id"]).update(kind="deactivate-users", state=JobState.DONE)
    if name == "application-mappings-restore":
        Application.objects.update(user_mappings=[{"target": "userName", "value": "mail", "matching": 1}])
    if name in {"user-import-apply", "directory-import-apply"}:
        Job.objects.filter(pk=scene.ids["job_id"]).update(state=JobState.DONE)
    if name == "alert-resume":
        Alert.objects.update(is_paused=True)
    if name == "stream-resume":
        Stream.objects.update(is_paused=True)
    if name == "organization-release":
        change_policies(scene.organization, changes={"hold_reason": "Case 1"}, actor=factories.COMMAND)
    if name == "mfa_deactivate_totp":
        Authenticator.objects.create(user=scene.admin, type=Authenticator.Type.TOTP, data={"secret": "x"})


def test_each_view_in_the_table_has_a_sample(scene):
    assert samples(scene).keys() == STEP_UP.keys() - {"mfa_view_recovery_codes"}


def test_opening_a_page_requires_recent_authentication(scene, subtests):
    for name in [name for name, ask in STEP_UP.items() if ask is Ask.ON_OPENING]:
        with subtests.test(name), undone():
            browser, address = stale_browser(scene), address_of(scene, name)
            assert browser.get(address)["Location"] == f"/sign-in/again/?next={address}"


def test_submitting_requires_recent_authentication_and_keeps_the_form(scene, subtests):
    for name in sorted(samples(scene)):
        with subtests.test(name), undone():
            prepared(scene, name)
            check_sending(scene, address_of(scene, name), samples(scene)[name])


def check_sending(scene, address, typed):
    browser, before = stale_browser(scene), state(scene)
    asked = browser.post(address, {**typed, "client_secret": "hidden", "code": "123456", "password1": "hidden"})
    assert asked.status_code == 302
    assert asked["Location"].startswith("/sign-in/again/?next=/")
    assert "Case" not in asked["Location"], "nothing typed is in an address"
    assert state(scene) == before, "nothing happens before the proof"
    assert not SECRETS & browser.session[KEY]["fields"].keys()

    fields = {"next": parse_qs(urlsplit(asked["Location"]).query)["next"]}
    back = browser.post("/sign-in/again/", {**fields, "password": scene.admin.password_shown})
    shown = browser.get(back["Location"])
    assert shown.status_code == 200
    assert state(scene) == before, "the proof alone carries out nothing"
    forms = [form for form in pages.read(shown).forms if form.action in {address, ""} and form.method == "post"]
    assert any(covers(form.fields, typed) for form in forms), f"{typed} is not in {[form.fields for form in forms]}"


def test_confirmation_page_says_that_the_form_is_kept(scene):
    browser = stale_browser(scene)
    asked = browser.post("/users/add/", samples(scene)["user-add"])
    page = pages.read(browser.get(asked["Location"]))
    assert "Your entries are kept" in page.text
    back = browser.post("/sign-in/again/", {**page.form("").fields, "password": scene.admin.password_shown})
    assert back["Location"] == "/users/add/"


def stale_browser(scene):
    browser = factories.browser(scene.admin)
    factories.make_proof_old(browser)
    return browser


def covers(fields, wanted):
    return all(sorted(as_list(fields.get(key))) == sorted(as_list(value)) for key, value in wanted.items())


def as_list(value):
    return value if isinstance(value, list) else [value]


def state(scene):
    """Everything that a form could have changed."""
    return (
        AuditEvent.objects.exclude(action="session.signed_in").count(),
        AccessToken.objects.count(),
        OutgoingMail.objects.count(),
        PurgeRun.objects.get(pk=scene.ids["run_id"]).state,
    )


def test_recent_authentication_is_not_requested_again(scene, subtests):
    for name, typed in samples(scene).items():
        with subtests.test(name), undone():
            answer = factories.browser(scene.admin).post(address_of(scene, name), typed)
            assert not answer.get("Location", "").startswith("/sign-in/")


# --- Saved form data, and for how long -----------------------------------------------------------------------


@pytest.fixture
def stale(portal):
    factories.make_proof_old(portal)
    return portal


def proved(client, admin, back):
    return client.post("/sign-in/again/", {"password": admin.password_shown, "next": back})


def test_draft_is_deleted_once_it_is_submitted(admin, stale):
    stale.post("/provisioning/tokens/", {"name": "Okta", "scopes": ["scim:read"], "days": "9"})
    proved(stale, admin, "/provisioning/add/")
    assert pages.read(stale.get("/provisioning/add/")).form("/provisioning/tokens/").fields["name"] == "Okta"
    stale.post("/provisioning/tokens/", {"name": "Okta", "scopes": ["scim:read"], "days": "9"})
    assert pages.read(stale.get("/provisioning/add/")).form("/provisioning/tokens/").fields["name"] == ""


def test_draft_belongs_to_one_session(admin, stale):
    stale.post("/provisioning/tokens/", {"name": "Okta", "scopes": ["scim:read"], "days": "9"})
    other = factories.browser(admin)
    assert pages.read(other.get("/provisioning/add/")).form("/provisioning/tokens/").fields["name"] == ""


def test_draft_expires_after_fifteen_minutes(admin, stale):
    stale.post("/provisioning/tokens/", {"name": "Okta", "scopes": ["scim:read"], "days": "9"})
    session = stale.session
    session[KEY] |= {"until": session[KEY]["until"] - 15 * 60}
    session.save()
    assert pages.read(stale.get("/provisioning/add/")).form("/provisioning/tokens/").fields["name"] == ""


def test_form_that_is_too_large_is_not_kept(stale):
    stale.post("/administrators/groups/", {"group": "x" * MAX_BYTES, "role": "auditor"})
    assert KEY not in stale.session
    page = pages.read(stale.get("/sign-in/again/?next=/administrators/"))
    assert "Your entries are kept" not in page.text


def test_every_password_field_is_excluded_from_drafts(scene):
    shown = [pages.read(Client().get(scene.address("account_login"))), *(visit.page for visit in visited_pages(scene))]
    names = {field.get("name") for page in shown for field in page.all("input[type=password]")}
    assert {"client_secret", "oldpassword", "password1"} <= names
    assert names <= SECRETS


def test_connecting_an_identity_requires_recent_authentication(scene):
    browser = factories.browser(scene.admin)
    factories.make_proof_old(browser)
    answer = browser.post(scene.address("openid_connect_login"), {"process": "connect"})
    assert answer["Location"] == "/sign-in/again/?next=/account/sign-in/"
