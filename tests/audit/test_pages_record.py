"""Every page with a form, from the URL resolver, is submitted and records the expected, complete events.

A new page needs a form in `typed_in`, or in `samples` of the tests of step-up, and a line in one of the tables.
"""

import json
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.groups import add_member
from controlhub.models import Connection, CustomResourceType, Group, Job, JobState, UserImport
from controlhub.portal.step_up import STEP_UP, WITHOUT_PROOF
from controlhub.security.networks import AllowedNetwork
from directory.engine.control import pause
from directory.models import Application, Cycle, Person
from tests import factories, pages, providers
from tests.app_clock import code_of
from tests.audit.recorded import check_event, recorded
from tests.controlhub.portal.test_step_up import address_of, prepared, samples
from tests.directory.engine.target import URL, Target
from tests.passkeys import Key
from tests.scenes import SCHEMA, Scene, undone

AGENT = "Mozilla/5.0 (Test)"
BADGE = {**SCHEMA, "id": "urn:example:schemas:Badge", "name": "Badge"}
BADGES = {"name": "Badge", "endpoint": "/Badges", "schema": SCHEMA["id"]}
PASSWORD = "correct horse battery"
CONFIGURATION = {"format": "control-hub-application", "version": 1, "settings": {"interval": 7}}
NAMED = {"name": "Lake"}
"""The form data for pages that take only a name."""

EXPECTED = {
    "account_change_password": "password.changed",
    "account_logout": "session.signed_out",
    "account_reauthenticate": "session.signed_in",
    "admin-give": "role.assigned",
    "alert-add": "alert.added",
    "alert-change": "alert.changed",
    "alert-delete": "alert.deleted",
    "alert-pause": "alert.paused",
    "alert-resume": "alert.resumed",
    "alert-test": "alert.tested",
    "application-add": "application.added",
    "application-allow": "removals.allowed",
    "application-assign": "assignment.user_added",
    "application-delete": "application.deleted",
    "application-demand": "provisioning.on_demand",
    "application-dry-run": "job.started",
    "application-filters": "application.mappings_changed",
    "application-filters-preview": "job.started",
    "application-import": "application.configured",
    "application-mapping": "application.mappings_changed",
    "application-mapping-preview": "job.started",
    "application-mapping-remove": "application.mappings_changed",
    "application-mappings-restore": "application.mappings_changed",
    "application-pause": "provisioning.paused",
    "application-provisioning": "application.configured",
    "application-reject": "removals.rejected",
    "application-rename": "application.renamed",
    "application-restart": "provisioning.restarted",
    "application-resume": "provisioning.resumed",
    "application-start": "provisioning.started",
    "application-stop": "provisioning.stopped",
    "application-unassign": "assignment.user_removed",
    "application-undo": "job.started",
    "backup-confirm": "organization.backup_confirmed",
    "client-issue": "client.issued",
    "connection-delete": "connection.deleted",
    "connection-pause": "connection.paused",
    "connection-rename": "connection.renamed",
    "connection-resume": "connection.resumed",
    "connection-revoke": "client.revoked token.revoked",
    "directory-forward": "demo.forwarded directory_user.purged",
    "directory-group-add": "directory_group.created",
    "directory-group-delete": "directory_group.deleted",
    "directory-group-edit": "directory_group.updated",
    "directory-group-member-add": "directory_group.members_changed",
    "directory-group-member-remove": "directory_group.members_changed",
    "directory-group-rule": (
        "directory_group.updated job.started"
        " directory_group.members_changed directory_group.members_changed job.finished"
    ),
    "directory-log-export": "provisioning_log.exported",
    "directory-user-add": "directory_user.created",
    "directory-user-delete": "job.started directory_user.deleted job.finished",
    "directory-user-disable": "job.started directory_user.disabled job.finished",
    "directory-user-edit": "directory_user.disabled",
    "directory-user-enable": "job.started directory_user.enabled job.finished",
    "directory-user-group": "job.started directory_group.members_changed job.finished",
    "directory-user-purge": "job.started directory_user.purged job.finished",
    "directory-user-restore": "job.started directory_user.restored job.finished",
    "event-export": "events.exported events.export_finished",
    "event-view-change": "view.changed",
    "event-view-delete": "view.deleted",
    "event-view-save": "view.saved",
    "group-create": "group.created",
    "group-delete": "group.unmapped group.deleted",
    "group-map": "group.mapped",
    "group-member-add": "group.members_changed",
    "group-member-remove": "group.members_changed",
    "group-rename": "group.updated",
    "group-unmap": "group.unmapped",
    "group-view-change": "view.changed",
    "group-view-delete": "view.deleted",
    "group-view-save": "view.saved",
    "identity-unlink": "identity.unlinked",
    "job-cancel": "job.cancelled",
    "job-pause": "job.paused",
    "job-resume": "job.resumed",
    "mfa_activate_totp": "factor.added",
    "mfa_add_webauthn": "factor.added",
    "mfa_deactivate_totp": "factor.removed",
    "mfa_generate_recovery_codes": "factor.added",
    "mfa_remove_webauthn": "factor.removed",
    "organization-change": "organization.updated",
    "organization-hold": "organization.updated",
    "organization-release": "organization.updated",
    "organization-rename": "organization.updated",
    "own-token-issue": "token.issued",
    "own-token-revoke": "token.revoked",
    "person-data": "user.data_exported",
    "person-erase": "user.erased",
    "policies-change": "organization.updated",
    "provider-add": "provider.added",
    "provider-change": "provider.updated",
    "provider-remove": "provider.removed",
    "purge-allow": "purge.allowed",
    "purge-hold": "purge.held",
    "request-reveal": "request.revealed",
    "resource-type-register": "resource_type.registered",
    "resource-type-remove": "resource_type.removed",
    "role-assign": "role.assigned",
    "schema-register": "schema.registered",
    "schema-remove": "schema.removed",
    "self-test-run": "connection.tested",
    "session-end-others": "sessions.ended",
    "sign-in-policy-change": "organization.updated",
    "stream-add": "stream.added",
    "stream-change": "stream.changed",
    "stream-delete": "stream.deleted",
    "stream-gaps-dismiss": "stream.gaps_dismissed",
    "stream-gaps-replay": "stream.replayed",
    "stream-pause": "stream.paused",
    "stream-replay": "stream.replayed",
    "stream-resume": "stream.resumed",
    "token-issue": "connection.created token.issued",
    "token-revoke": "token.revoked",
    "token-rotate": "token.issued",
    "user-add": "user.created role.assigned user.invited",
    "user-add-many": "user.created role.assigned user.invited",
    "user-attribute": "user.updated",
    "user-deactivate": "user.deactivated",
    "user-deactivate-many": "job.started user.deactivated job.finished",
    "user-delete": "user.deleted",
    "user-delete-many": "job.started user.deleted job.finished",
    "user-export": "users.exported",
    "user-extend": "user.extended",
    "user-group-many": "job.started group.members_changed job.finished",
    "user-hold": "user.held",
    "user-hold-many": "job.started user.held job.finished",
    "directory-import": "job.started",
    "directory-import-apply": "job.started",
    "user-import-apply": "job.started",
    "user-import-columns": "job.started",
    "user-invite": "user.invited",
    "user-invite-many": "job.started user.invited job.finished",
    "user-note": "user.noted",
    "user-override-remove": "user.updated",
    "user-purge": "user.purged",
    "user-purge-many": "job.started user.purged job.finished",
    "user-reactivate": "user.reactivated",
    "user-reactivate-many": "job.started user.reactivated job.finished",
    "user-release": "user.released",
    "user-release-many": "job.started user.released job.finished",
    "user-reset-factors": "factor.removed",
    "user-restore-many": "job.started user.restored user.restored job.finished",
    "user-review": "users.reviewed",
    "user-revoke-access": "token.revoked sessions.ended",
    "user-sign-out-many": "job.started sessions.ended job.finished",
    "user-view-change": "view.changed",
    "user-view-delete": "view.deleted",
    "user-view-save": "view.saved",
}
"""For each page, the events that its form records, in order."""
RUNNING = {f"application-{name}" for name in ("demand", "pause", "restart", "resume", "start")}
"""Pages about an application with provisioning turned on."""
SILENT = {
    "language-choose": "how the portal reads for one person",
    "theme-choose": "how the portal looks for one person",
    "time-zone-choose": "how the portal shows times for one person",
    "user-list-layout": "how a list looks for one person",
    "reveal-end": "hides a secret that was shown",
    "mail-retry": "mail says what an action has recorded",
    "mail-test": "writes only to the administrator's own address",
    "stream-try": "an attempt that comes by itself, only earlier",
    "user-import": "a file that changes nobody; the check and the import record their jobs",
    "application-test": "asks the other system whether it answers",
    "mfa_reauthenticate": "without an app for codes, it leads to the other ways",
}
ELSEWHERE = {
    "mfa_authenticate": "the second step of a sign-in: tests/controlhub/portal/test_factors.py",
    "mfa_login_webauthn": "a sign-in: tests/controlhub/portal/test_passkeys.py",
    "openid_connect_login": "leads to the provider, where nothing is recorded",
    "openid_connect_callback": "a sign-in or a connected identity: tests/controlhub/portal/test_sso.py",
    "mfa_reauthenticate_webauthn": "confirms identity: tests/controlhub/portal/test_factors.py",
    "job-undo": "starts another job: tests/controlhub/portal/test_bulk.py",
    "openid_connect_again": "leads to the provider, where nothing is recorded",
}
"""Pages of flows with several steps."""
SIGNED_OUT = {
    "account_login": "session.signed_in",
    "organization-sign-in": "session.signed_in",
    "account_reset_password": "",  # a job looks up the address and records the outcome
    "account_reset_password_from_key": "password.changed",
    "invitation-accept": "user.verified session.signed_in",
}
"""Events recorded by pages that people open without signing in."""


def typed_in(scene):
    """The form data for each page, by page name. {} if there is only a button."""
    bob = str(Person.objects.get(user_principal_name="bob@example.com").pk)
    issuer = {"issuer": scene.provider_of_test, "client_id": "hub", "client_secret": "secret"}
    person, other = str(scene.person.pk), str(scene.active.pk)
    own = {"version": Application.objects.get(pk=scene.ids["application_id"]).version}
    mapping, filters = samples(scene)["application-mapping"] | own, samples(scene)["application-filters"] | own
    condition = {"attribute_0": "department", "operator_0": "EQUALS", "value_0": "Engines"}
    return samples(scene) | {
        "account_change_password": {
            "oldpassword": scene.admin.password_shown,
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
        "mfa_activate_totp": app_code,
        "mfa_add_webauthn": passkey,
        "account_logout": {},
        "account_reauthenticate": {"password": scene.admin.password_shown},
        "admin-give": {"user": str(scene.mailed.pk), "role": "auditor"},
        "application-add": NAMED,
        "application-assign": {"people": [person]},
        "application-demand": {"person": person},
        "application-filters": filters,
        "application-filters-preview": filters | {"dry_run": "1"},
        "application-import": {"file": SimpleUploadedFile("a.json", json.dumps(CONFIGURATION).encode())},
        "application-mapping": mapping,
        "application-mapping-preview": mapping | {"dry_run": "1"},
        "application-provisioning": samples(scene)["application-provisioning"]
        | own
        | {"interval": "40", "deletion_threshold": "20", "client_secret": "a-secret-token"},
        "application-rename": NAMED,
        "connection-rename": NAMED,
        "directory-group-add": NAMED,
        "directory-group-edit": NAMED,
        "directory-group-member-add": {"ids": [bob]},
        "directory-group-member-remove": {"ids": [person]},
        "directory-group-rule": condition,
        "directory-user-add": {"userPrincipalName": "new@example.com", "displayName": "New"},
        "directory-user-edit": {
            "version": "1",
            "userPrincipalName": "ada@example.com",
            "displayName": "Ada",
            "surname": "Lovelace",
        },
        "directory-user-delete": {"ids": [person]},
        "directory-user-disable": {"ids": [person]},
        "directory-user-enable": {"ids": [bob]},
        "directory-user-group": {"ids": [bob], "group": str(scene.ids["directory_group_id"])},
        "directory-user-restore": {"ids": [str(scene.deleted_person.pk)]},
        "event-view-change": NAMED,
        "event-view-save": NAMED | {"query": "status=failure"},
        "group-create": {"display_name": "Crew"},
        "group-member-remove": {"ids": [other]},
        "group-rename": {"display_name": "Crew"},
        "group-view-change": NAMED,
        "group-view-save": NAMED | {"query": "grants=any"},
        "organization-change": samples(scene)["organization-change"]
        | {"audit_retention_days": "90", "erase_after_days": "0"},
        "organization-rename": NAMED,
        "provider-add": samples(scene)["provider-add"] | issuer,
        "provider-change": samples(scene)["provider-change"] | issuer,
        "resource-type-register": {
            "definition": json.dumps({"name": "Badge", "endpoint": "/Badges", "schema": SCHEMA["id"]})
        },
        "schema-register": {"definition": json.dumps(BADGE)},
        "user-deactivate-many": {"ids": [other]},
        "user-delete-many": {"ids": [other]},
        "user-export": {"query": "", "format": "csv"},
        "user-group-many": {"ids": [other], "group": str(scene.ids["group_id"])},
        "user-hold-many": {"ids": [str(scene.inactive.pk)], "reason": "Case 2"},
        "directory-import": {"file": SimpleUploadedFile("people.csv", b"userPrincipalName\nnew@example.com\n")},
        "user-import": {"file": SimpleUploadedFile("people.csv", b"Email\nnew@example.com\n")},
        "user-add-many": samples(scene)["user-add-many"] | {"do": "add", "invite": "on"},
        "user-import-columns": {"c0": "userName", "c1": "", "mode": "update", "match_by": "userName"},
        "user-note": {"note": "On leave"},
        "user-sign-out-many": {"ids": [str(scene.colleague.user_id)]},
        "user-view-change": NAMED,
        "user-view-save": NAMED | {"query": "status=active"},
    }


def app_code(browser):
    return {"code": code_of(pages.read(browser.get("/account/app/")).copied("key"))}


def passkey(browser):
    (options, *_) = pages.read(browser.get("/account/passkeys/add/")).json("js_data").values()
    return {"name": "Phone", "credential": Key().register(options)}


def arrange(scene, name):
    """Create the objects that the form needs."""
    prepared(scene, name)
    application = Application.objects.filter(pk=scene.ids["application_id"])
    if name in RUNNING:
        found = application.get()
        found.is_on, found.tenant_url = True, URL
        found.keep_secret("a-secret-token-of-some-length")
        found.save()
    if name == "application-resume":
        pause(application.get(), actor=factories.COMMAND)
    if name in {"application-allow", "application-reject", "application-stop"}:
        Cycle.objects.create(
            application_id=application.get().pk, organization_id=scene.organization.pk,
            kind="initial", state="waiting", guard="waiting",
        )  # fmt: skip
    if name == "connection-resume":
        Connection.objects.filter(pk=scene.ids["connection_id"]).update(paused_at="2026-01-01T00:00:00Z")
    if name == "group-member-remove":
        add_member(Group.objects.get(pk=scene.ids["group_id"]), scene.active.pk, actor=factories.COMMAND)
    if name == "schema-remove":
        CustomResourceType.objects.all().delete()
    if name == "session-end-others":
        factories.browser(scene.admin)
    if name == "user-import-columns":
        UserImport.objects.update(check_job=None)
    if name == "job-resume":
        Job.objects.filter(pk=scene.ids["job_id"]).update(state=JobState.PAUSED)


def address(scene, name):
    subjects = {"user-extend": scene.inactive, "user-revoke-access": scene.self}
    return scene.address(name, user_id=subjects[name].pk) if name in subjects else address_of(scene, name)


def send(browser, address, typed):
    """Submit the form, and again where a page asks for more, such as a confirmation. Returns the last response."""
    answer = browser.post(address, typed, headers={"User-Agent": AGENT})
    done = AuditEvent.objects.filter(request_id=answer["X-Request-Id"])
    if answer.status_code in {200, 409, 422} and "html" in answer["Content-Type"] and not done.exists():
        (fields, *_) = [form.fields for form in pages.read(answer).forms if form.action in {"", address}] or [None]
        if fields is not None:
            answer = browser.post(address, fields | typed, headers={"User-Agent": AGENT})
    answer.getvalue()  # a streamed file records its end
    return answer


@pytest.fixture
def scene(db, monkeypatch, settings):
    monkeypatch.setattr("directory.engine.client.open_session", Target())
    with providers.entra(monkeypatch) as running:
        settings.OUTBOUND_ALLOW = [AllowedNetwork.read(urlsplit(running.origin).netloc)]
        scene = Scene()
        scene.provider_of_test = running.issuer
        scene.colleague, scene.password = factories.make_admin(scene.organization, "morpheus@example.com")
        factories.browser(scene.colleague)
        mail = {"value": "trinity@example.com", "primary": True}
        scene.mailed = factories.make_user(scene.organization, "trinity@example.com", emails=[mail])
        yield scene


def test_every_page_with_a_form_is_listed():
    told = [EXPECTED, SILENT, ELSEWHERE, SIGNED_OUT]
    forms = {**STEP_UP, **WITHOUT_PROOF}.keys() - {"mfa_view_recovery_codes"}
    assert set().union(*told) == forms, "say what the form of the page records, and in `typed_in` what is typed"
    assert sum(map(len, told)) == len(forms), "a page is in two tables"


def test_each_page_records_its_events_and_each_is_complete(scene, subtests):
    typed = typed_in(scene)
    for name in [*EXPECTED, *SILENT]:
        with subtests.test(name), undone():
            arrange(scene, name)
            browser, values = factories.browser(scene.admin), typed.get(name, {})
            values = values(browser) if callable(values) else values
            with recorded() as events:
                answer = send(browser, address(scene, name), values)
            assert [event.action for event in events] == EXPECTED.get(name, "").split()
            for event in events:
                check_event(
                    event, organization=scene.organization, **by(scene.admin), request_id=answer["X-Request-Id"]
                )
            check_parts(events)


def by(account):
    """The event values for actions of this administrator in a browser."""
    person = account.user_id
    names = {"actor_kind": "admin", "actor_id": str(person), "actor_user_id": person, "actor_role": "full_admin"}
    origin = {"actor_label": account.sign_in_address, "actor_address": "127.0.0.1", "user_agent": AGENT}
    return {**names, **origin, "connection_id": None, "result": "success"}


def check_parts(events):
    """Check that the events of a job are parts of its start event."""
    if events and events[0].action == "job.started":
        assert {event.parent_id for event in events[1:] if event.action != "job.finished"} <= {events[0].pk}


def test_pages_record_events_of_people_who_are_not_signed_in(scene, subtests):
    sign_in = {"login": scene.colleague.sign_in_address, "password": scene.password}
    typed = {
        "account_login": sign_in,
        "organization-sign-in": sign_in,
        "account_reset_password": {"email": scene.admin.sign_in_address},
        "account_reset_password_from_key": {"password1": PASSWORD, "password2": PASSWORD},
        "invitation-accept": {"password": PASSWORD},
    }
    for name, expected in SIGNED_OUT.items():
        with subtests.test(name), undone():
            browser, opened = Client(), scene.address(name)
            opened = browser.get(opened).get("Location", opened)
            with recorded() as events:
                answer = send(browser, opened, typed[name])
            assert [event.action for event in events] == expected.split()
            for event in events:
                origin = {"actor_address": "127.0.0.1", "user_agent": AGENT, "request_id": answer["X-Request-Id"]}
                check_event(event, organization=scene.organization, actor_kind="admin", **origin)
                assert event.actor_label
                assert event.actor_id == event.target_id


def test_reading_the_log_is_recorded(scene, subtests):
    for name in ("event-list", "event-detail"):
        with subtests.test(name), undone():
            browser = factories.browser(scene.admin)
            with recorded() as events:
                answer = browser.get(scene.address(name), headers={"User-Agent": AGENT})
            assert [event.action for event in events] == ["events.read"]
            request_id = answer["X-Request-Id"]
            check_event(events[0], organization=scene.organization, **by(scene.admin), request_id=request_id)
