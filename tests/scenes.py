"""One organization in which every page has something to show, and the URLs of all pages, from the resolver.

A new route is covered automatically. If its identifiers are of a new kind, it fails until `Scene.ids` contains one.
"""

import json
import pickle
import re
from contextlib import contextmanager

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models.functions import Now
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import int_to_base36

from audit.actor import Actor, ActorKind
from audit.checkpoint_files import path_of
from audit.models import AuditCheckpoint, AuditEvent
from audit.seal import seal_events
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.firings import Cause, fire
from controlhub.actions.groups import create_group
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.mappings import map_group
from controlhub.actions.organizations import change_policies
from controlhub.actions.schemas import register_resource_type, register_schema
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.actions.tokens import issue_personal_token
from controlhub.actions.users import deactivate_user, delete_user, hold_user, purge_inactive_user
from controlhub.models import (
    AlertTrigger,
    Client,
    Connection,
    IdentityProvider,
    ImportRow,
    Job,
    OutgoingMail,
    PurgeRun,
    PurgeState,
    Role,
    SavedView,
    ScheduledJob,
    ScimRequest,
    SelfTest,
    Stream,
    StreamKind,
    StreamLag,
    StreamRange,
    User,
    UserImport,
)
from controlhub.models.ids import new_id
from controlhub.models.self_tests import Difference, Outcome, PlayedStep
from directory.actions.applications import add_application
from directory.actions.members import add_members
from directory.actions.people import delete_person
from directory.actions.rule_jobs import start_rule
from directory.engine.demo_clock import DOMAIN, NAME, TEMPLATE
from directory.gallery import template_of
from directory.models import Assignment, Cycle, PeopleImport, PersonRow
from directory.models import Person as DirectoryPerson
from directory.provisioning.scope import ScopingFilter
from tests import factories, snapshots
from tests.factories import COMMAND, make_directory_group, make_outcome, make_person
from tests.passkeys import Key

DIRECTORY = Actor(ActorKind.CLIENT, label="Entra ID")
API = ("scim-", "audit-api-", "health-", "oauth-", "metrics")
SCHEMA = {
    "id": "urn:example:schemas:Device",
    "name": "Device",
    "description": "A device",
    "attributes": [{"name": "serial", "type": "string", "multiValued": False, "required": True}],
}
LONG = "a-very-long-name-without-any-blank-in-it." * 4 + "example.com"


def routes(resolver=None):
    """Every named URL pattern of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry)
        elif isinstance(entry, URLPattern):
            yield entry


PORTAL = {route.name: route for route in routes() if not route.name.startswith(API)}


@contextmanager
def undone(browser=None):
    """Roll back writes in the block, and restore the browser's cookies: one form of the portal signs out."""
    cookies = dict(browser.cookies) if browser else {}
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        if browser:
            browser.cookies.clear()
            browser.cookies.update(cookies)


class Scene:
    """An organization, its administrators by role, and an identifier for each kind that URLs contain.

    Each process creates it once. Later tests with an empty database get a copy with the same identifiers.
    """

    _kept = None
    """The attributes and rows of the scene."""

    def __init__(self):
        if not snapshots.is_possible():
            self._make()
            return
        if Scene._kept is None:
            before = snapshots.rows()
            self._make()
            rows = snapshots.difference(before, snapshots.rows())
            Scene._kept = pickle.dumps(self.__dict__), rows
            return
        attributes, rows = Scene._kept
        snapshots.restore(rows)
        self.__dict__ |= pickle.loads(attributes)
        path_of(self.organization.pk).unlink(missing_ok=True)  # sealed by another test

    def _make(self):
        self.organization = factories.make_organization()
        self.admin, self.admin.password_shown = factories.make_admin(self.organization)
        self.self = self.admin.user
        self.ids = {"organization_id": self.organization.pk}
        self._people()
        self._directory()
        self._access()
        self._rest()

    def _people(self):
        organization = self.organization
        self.active = factories.make_user(
            organization, "bjensen@example.com", displayName="Barbara Jensen", title="Tour Guide"
        )
        factories.make_user(organization, LONG, displayName="Wolfeschlegelsteinhausenbergerdorff" * 3)
        factories.make_user(organization, "svc@example.com", displayName='O\'Brien "Bob" <b>x</b>')
        self.inactive = deactivate_user(factories.make_user(organization, "smith@example.com"), actor=COMMAND)
        self.deleted = delete_user(factories.make_user(organization, "brown@example.com"), actor=COMMAND)
        self.held = delete_user(factories.make_user(organization, "jones@example.com"), actor=COMMAND)
        hold_user(self.held, reason="Case 7", actor=COMMAND)
        self.burst = deactivate_user(factories.make_user(organization, "mouse@example.com"), actor=DIRECTORY)
        User.objects.filter(pk=self.burst.pk).update(reviewed=False)
        gone = delete_user(factories.make_user(organization, "ghost@example.com"), actor=COMMAND)
        purge_inactive_user(gone, actor=COMMAND)
        self.gone_id = gone.pk
        self.invited, self.invitation = add_user(
            organization, Person("switch@example.com", "Switch"), role=Role.HELP_DESK, actor=COMMAND
        )
        self.ids |= {"user_id": self.active.pk, "secret": self.invitation}

    def _directory(self):
        """People in all states, two groups, one nested in the other, and one with a rule."""
        organization = self.organization
        manager = make_person(organization, "grace@example.com", surname="Hopper")
        self.person = make_person(
            organization, department="Engines", badge="17", manager=manager.pk, otherMails=["a@example.com"]
        )
        make_person(
            organization,
            "a-very-long-name-without-any-blank" * 6 + "@example.com",
            displayName="Wolfeschlegelsteinhausenbergerdorff" * 3,
        )
        make_person(organization, "bob@example.com", displayName='O\'Brien "Bob" <b>x</b>', accountEnabled=False)
        self.deleted_person = delete_person(make_person(organization, f"{LONG[:80]}@example.com"), actor=COMMAND)
        delete_person(make_person(organization, f"keiko@{DOMAIN}"), actor=COMMAND)
        add_application(organization, template_of(TEMPLATE), name=NAME, actor=COMMAND)
        group = make_directory_group(organization, "Research")
        child = make_directory_group(organization, "a-very-long-name-of-a-group-without-any-blank" * 3)
        add_members(group, ids=[self.person.pk, manager.pk, child.pk], actor=COMMAND)
        clause = {"attribute": "department", "operator": "EQUALS", "value": "Engines"}
        start_rule(child, rule=ScopingFilter.from_json({"groups": [{"clauses": [clause]}]}), actor=COMMAND)
        self.ids |= {"person_id": self.person.pk, "directory_group_id": group.pk}

    def _access(self):
        organization = self.organization
        token, _ = factories.make_token(organization)
        Connection.objects.filter(pk=token.connection_id).update(client_digest=b"x" * 32, client_since=Now())
        self.own_token, _ = issue_personal_token(
            self.admin, name="Script", scopes=["scim:read"], days=30, actor=COMMAND
        )
        self.provider = IdentityProvider.objects.create(
            organization=organization, name="Contoso", issuer="https://login.example.com/v2.0", client_id="hub"
        )
        identity = SocialAccount.objects.create(user=self.admin, provider=str(self.provider.pk), uid="neo-sub")
        group = create_group(organization, document={"displayName": "Ops"}, actor=COMMAND)
        map_group(group, role=Role.AUDITOR, actor=COMMAND)
        credential = json.loads(Key().register({"publicKey": {"challenge": "none"}}))
        passkey = Authenticator.objects.create(
            user=self.admin, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": credential}
        )
        self.ids |= {
            "token_id": token.pk,
            "connection_id": token.connection_id,
            "provider_id": self.provider.pk,
            "identity_id": identity.pk,
            "group_id": group.pk,
            "pk": passkey.pk,
            "reveal_id": "none",
            "attribute": "title",
            "uidb36": int_to_base36(self.admin.pk),
            "key": default_token_generator.make_token(self.admin),
        }

    def _rest(self):
        organization = self.organization
        schema = register_schema(organization, definition=SCHEMA, actor=COMMAND)
        definition = {"name": "Device", "endpoint": "/Devices", "schema": schema.urn}
        kind = register_resource_type(organization, definition=definition, actor=COMMAND)
        change_policies(organization, changes={"retention_days": 90}, actor=COMMAND)
        run = PurgeRun.objects.create(organization=organization, state=PurgeState.STAGED, due=3, staged_at=Now())
        ScheduledJob.objects.create(name="purge_users", started_at=Now(), error="ZeroDivisionError", failed_at=Now())
        mail = OutgoingMail.objects.create(
            organization=organization, address=LONG, subject="Hello", body="", tries=3, error="550 No such mailbox"
        )
        job = Job.objects.create(organization=organization, kind="unknown", origin={"kind": "command"}, total=3, done=1)
        entry = ScimRequest.objects.create(
            organization_id=organization.pk, id=new_id(), at=Now(), method="POST", path=LONG, status=409,
            milliseconds=1.5, scim_type="uniqueness", body='{"title": "x"}', answer=LONG, agent=LONG,
        )  # fmt: skip
        self._self_test()
        view = SavedView.objects.create(
            organization=organization, page="users", owner_id=self.self.pk, name="Ops", query="q=Ops", columns=["email"]
        )
        self.view_of_events = SavedView.objects.create(
            organization=organization, page="audit", owner_id=self.self.pk, name="Ops", query="category=UserManagement"
        )
        group_view = SavedView.objects.create(
            organization=organization, page="groups", owner_id=self.self.pk, name="Ops", query="grants=any"
        )
        wanted = StreamSettings("SIEM", StreamKind.WEBHOOK, "https://siem.example.com/in")
        stream = add_stream(organization, wanted, actor=COMMAND)
        Stream.objects.filter(pk=stream.pk).update(position=1)  # as after sending an event
        StreamRange.objects.create(stream=stream, is_replay=False, first=0, stop=1)
        StreamLag.objects.create(stream=stream, at=stream.created_at, waiting=3)
        settings = AlertSettings(
            LONG[:60], AlertTrigger.EVENTS, "activity=Add+user", 3, emails=(f"{LONG[:60]}@x.example",)
        )
        alert = add_alert(organization, settings, actor=COMMAND)
        fire(alert, Cause(3, stream.created_at, stream.created_at))
        application = add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)
        seal_events()
        self.ids |= {
            "size": AuditCheckpoint.objects.get(organization_id=organization.pk).size,
            "alert_id": alert.pk,
            "application_id": application.pk,
            "change_id": self._outcomes(application).pk,
            "assignment_id": self._assignment(application).pk,
            "dry_run_id": self._dry_run(application).pk,
            "template": application.template,
            "objects": "users",
            "number": 3,
            "stream_id": stream.pk,
            "view_id": view.pk,
            "group_view_id": group_view.pk,
            "entry_id": entry.id,
            "import_id": self._import(organization, job).pk,
            "directory_import_id": self._people_import(organization, job).pk,
            "job_id": job.pk,
            "mail_id": mail.pk,
            "schema_id": schema.pk,
            "type_id": kind.pk,
            "run_id": run.pk,
            "event_id": AuditEvent.objects.about(self.gone_id).latest("created_at").pk,
        }

    def _outcomes(self, application):
        """Rows in the provisioning log. Returns one that failed."""
        modified = [
            {"name": "displayName", "old": None, "new": LONG, "operation": "replace"},
            {"name": "members", "old": [str(self.person.pk)], "new": [str(new_id())], "operation": "members"},
        ]
        cycle = Cycle.objects.create(
            application=application, organization_id=self.organization.pk, kind="initial", state="done",
            finished_at=Now(),
        )  # fmt: skip
        done = {"status": "success", "code": "", "details": {}, "modified": modified, "cycle_id": cycle.pk}
        make_outcome(application, LONG, kind="group", action="update", **done)
        return make_outcome(application, remote_id=LONG, modified=modified, cycle_id=new_id())

    def _dry_run(self, application):
        """A comparison with findings of each kind."""
        job = Job.objects.create(
            organization=self.organization, kind="directory-dry-run", state="done", origin={"kind": "command"}, total=3,
            done=3, counts={"update": 1, "conflict": 1, "duplicate": 1}, problem_count=3,
            parameters={"application": str(application.pk), "compares": True, "overrides": {}},
        )  # fmt: skip
        change = {"operation": "replace", "path": "displayName", "old": None, "new": LONG}
        for number, details in enumerate(
            [
                {"action": "update", "kind": "person", "reason": "", "changes": [change] * 7, "details": {}},
                {"action": "conflict", "kind": "group", "reason": "DuplicateSourceEntries", "details": {"owner": LONG}},
                {"action": "duplicate", "kind": "person", "id": LONG, "details": {"owner": LONG}},
            ]
        ):
            job.problems.create(number=number, label=LONG, reason="", details=details)
        return job

    def _assignment(self, application):
        """A person assigned to the application, and one who is not."""
        DirectoryPerson.objects.create(
            organization=self.organization, user_principal_name="trinity@example.com", upn_key="trinity@example.com"
        )
        person = DirectoryPerson.objects.create(
            organization=self.organization, user_principal_name=LONG, upn_key=LONG, display_name=LONG
        )
        return Assignment.objects.create(application=application, person=person)

    def _self_test(self):
        """A self-test with one step for each outcome."""
        steps = [
            PlayedStep("create-user", "POST", "/Users", Outcome.PASSED, 201, 201, 9.5, quirks=["operation-case"]),
            PlayedStep(
                "update-user", "PATCH", LONG, Outcome.FAILED, 200, 200, 1.5, differences=[Difference(LONG, 1, LONG)]
            ),
            PlayedStep(
                "find-user",
                "GET",
                "/Users",
                Outcome.FAILED,
                200,
                400,
                1.5,
                "uniqueness",
                LONG,
                refused=["operation-case"],
            ),
            PlayedStep("delete-user", "DELETE", "/Users/${id}", Outcome.SKIPPED, 204),
        ]
        SelfTest.objects.create(
            connection_id=self.ids["connection_id"], organization=self.organization, client=Client.ENTRA,
            steps=[step.to_json() for step in steps], milliseconds=20.5, ran_by=LONG,
        )  # fmt: skip

    def _import(self, organization, job):
        """A checked file with a row of each kind."""
        found = UserImport.objects.create(
            organization=organization, file_name=LONG, header=["Email", LONG], row_count=2, mapping=["userName", ""],
            columns=[{"samples": [LONG], "empty": 1, "is_unique": True}] * 2, check_job=job,
        )  # fmt: skip
        details = {"changes": [["title", "a", LONG]], "kept": [["title", LONG, "b"]], "problems": [["", LONG, LONG]]}
        for result in ("error", "update"):
            ImportRow.objects.create(
                user_import=found, number=2, label=LONG, user_name=LONG, result=result, rank=1, details=details
            )
        return found

    def _people_import(self, organization, job):
        found = PeopleImport.objects.create(
            organization=organization, file_name=LONG, header=["userPrincipalName", LONG], row_count=2,
            check_job=job, left_out=1,
        )  # fmt: skip
        details = {"changes": [[LONG, "a", LONG]], "problems": [["", LONG, LONG]]}
        for result in ("error", "update"):
            PersonRow.objects.create(
                people_import=found, number=2, label=LONG, user_name=LONG, result=result, rank=1, details=details
            )
        return found

    def identifiers(self, name):
        """The identifiers in the URL of the route with this name."""
        pattern = PORTAL[name].pattern
        names = getattr(pattern, "converters", None) or getattr(pattern, "regex", re.compile("")).groupindex
        found = {key: self.ids[key] for key in names}
        if name == "own-token-revoke":
            found["token_id"] = self.own_token.pk
        if name.startswith("application-effects"):
            found["job_id"] = self.ids["dry_run_id"]
        if name.startswith("event-view-") and "view_id" in found:
            found["view_id"] = self.view_of_events.pk
        if name in {"receipt", "person-data", "person-erase"}:
            found["user_id"] = self.gone_id
        return found

    def address(self, name, **ids):
        return reverse(name, kwargs=self.identifiers(name) | ids)

    def browser(self, role=Role.FULL_ADMIN):
        """A browser in which an administrator with this role has just signed in."""
        if role == Role.FULL_ADMIN:
            return factories.browser(self.admin)
        account, _ = factories.make_admin(self.organization, f"{role}@example.com", role)
        return factories.browser(account)

    def people(self):
        """One user for each status."""
        return [self.active, self.inactive, self.deleted, self.held, self.burst, self.invited]


FILES = {
    "checkpoint-note",
    "event-proof",
    "application-export",
    "application-schema",
    "directory-import-failed",
    "directory-import-result",
    "directory-import-template",
    "receipt",
    "admin-export",
    "user-import-template",
    "user-import-failed",
    "application-effects-file",
}
"""URLs that a browser downloads instead of showing."""


def addresses(scene):
    """The pages that require signing in, then the public ones."""
    people = [f"/users/{user.pk}/" for user in scene.people()]
    lists = ["/users/?q=zzz", "/users/?status=x", "/audit/?date_from=x", "/users/deleted/?review", f"/users/?q={LONG}"]
    signed_in = [scene.address(name) for name in PORTAL if name not in {"account_logout", *FILES}]
    nobody = [scene.address(name) for name in PORTAL if name.startswith(("account_", "openid_", "invitation-"))]
    row = f"/directory/logs/{scene.ids['change_id']}/?tab="
    logs = [*(row + tab for tab in ("troubleshooting", "modified", "summary")), "/directory/logs/?q=zzz"]
    return [*signed_in, *people, *lists, *logs, "/nothing/here/"], [*nobody, "/nothing/here/", "/invitations/none/"]
