"""Each event in the vocabulary is recorded once, by an action in an organization with all kinds of objects.

The events in test_actions_record.py are not repeated here.
"""

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from audit.checkpoint_files import append_notes
from audit.expiry import remove_due_events
from audit.models import AuditEvent
from audit.recovery import record_recovery
from audit.seal import seal_events, write_file
from audit.signing import origin_of, signing_key
from audit.transparency.checkpoints import Checkpoint
from audit.vocabulary import AuditAction
from controlhub.actions import (
    addresses,
    alerts,
    bulk_requests,
    bursts,
    connections,
    erasure,
    exports,
    factors,
    firings,
    groups,
    identities,
    invitations,
    mappings,
    notes,
    organizations,
    passwords,
    pauses,
    providers,
    purges,
    refusals,
    repeats,
    replays,
    request_log,
    resources,
    saved_views,
    schemas,
    streams,
    users,
)
from controlhub.actions.jobs import kinds
from controlhub.actions.saved_views import ViewContent
from controlhub.actions.self_tests import run_self_test
from controlhub.models import (
    AddressUse,
    Alert,
    AlertTrigger,
    Connection,
    CustomResourceType,
    CustomSchema,
    Group,
    IdentityProvider,
    Job,
    PurgeRun,
    Resource,
    SavedView,
    ScimRequest,
    Stream,
    StreamKind,
    User,
    ViewPage,
)
from controlhub.sql.changing import read_row
from scim.resources.catalogue import catalogue_of
from tests import factories
from tests.architecture.directory_events import DIRECTORY_EVENTS
from tests.architecture.job_events import JOB_EVENTS, Waiting
from tests.architecture.test_actions_record import SCENES
from tests.clock import recorded_at
from tests.scenes import DIRECTORY, SCHEMA, Scene, undone

COMMAND = factories.COMMAND
BY_REQUESTS = {
    "demo.forwarded": "by the command demo: tests/directory/demo/test_connecting.py",
    "request.refused": "by refused requests of clients: tests/audit/test_refused_requests.py",
    "session.signed_in": "by the sign-in of the portal: tests/controlhub/portal/test_session.py",
    "token.address_new": "by accepted requests of clients: tests/audit/test_token_addresses.py",
    "session.signed_out": "by the sign-out of the portal: tests/controlhub/portal/test_session.py",
}
"""Events that no action records."""
PROVIDER = providers.ProviderSettings("Okta", "https://okta.example.com", "hub", client_secret="secret")

ALERT = alerts.AlertSettings("Roles", AlertTrigger.FULL_ADMIN, emails=("ops@example.com",))
STREAM = streams.StreamSettings("Lake", StreamKind.SPLUNK, "https://lake.example.com/in", "token")


@pytest.fixture(autouse=True)
def _waiting(monkeypatch):
    monkeypatch.setitem(kinds._KINDS, Waiting.name, Waiting())


def group(scene):
    return read_row(Group, scene.organization.pk, scene.ids["group_id"])[0]


def connection(scene):
    return Connection.objects.select_related("organization").get(pk=scene.ids["connection_id"])


def paused_connection(scene):
    pauses.pause_connection(found := connection(scene), actor=COMMAND)
    return found


def purge_run(scene):
    return PurgeRun.objects.get(pk=scene.ids["run_id"])


def waiting_purge(scene):
    """A user is due, and no user may be purged without approval."""
    organizations.change_policies(
        scene.organization, changes={"purge_share": 1, "purge_floor": 0, "retention_days": 1}, actor=COMMAND
    )
    PurgeRun.objects.all().delete()
    User.objects.filter(pk=scene.deleted.pk).update(deactivated_at="2020-01-01T00:00:00Z")
    scene.organization.refresh_from_db()
    return scene.organization


def provider(scene):
    return IdentityProvider.objects.get(pk=scene.ids["provider_id"])


def schema(scene):
    return CustomSchema.objects.get(pk=scene.ids["schema_id"])


def resource_type(scene):
    return CustomResourceType.objects.select_related("schema").get(pk=scene.ids["type_id"])


def served_type(scene):
    scene.organization.refresh_from_db()
    return catalogue_of(scene.organization).by_endpoint["Devices"].resource_type


def resource(scene):
    kind = served_type(scene)
    made = resources.create_resource(scene.organization, kind, document={"serial": "1"}, actor=COMMAND)
    return read_row(Resource, scene.organization.pk, made.pk)[0], kind


def with_factor(scene):
    Authenticator.objects.create(user=scene.admin, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return scene.admin


def typed_address(scene):
    key = scene.admin.sign_in_key
    addresses.note_address(AddressUse.SIGN_IN_FAILED, key, source=None, user_agent="", request_id="")


def requested_reset(scene):
    key = scene.admin.sign_in_key
    addresses.note_address(AddressUse.PASSWORD_RESET, key, source=None, user_agent="", request_id="")


def unusually_many(scene):
    organizations.change_policies(scene.organization, changes={"purge_share": 1, "purge_floor": 0}, actor=COMMAND)
    users.deactivate_user(factories.make_user(scene.organization, "dozer@example.com"), actor=DIRECTORY)


def stream(scene):
    return Stream.objects.get(pk=scene.ids["stream_id"])


def paused_stream(scene):
    streams.pause_stream(found := stream(scene), actor=COMMAND)
    return found


def alert(scene):
    return Alert.objects.select_related("organization").get(pk=scene.ids["alert_id"])


def paused_alert(scene):
    alerts.pause_alert(found := alert(scene), actor=COMMAND)
    return found


def saved_view(scene):
    return SavedView.objects.get(pk=scene.ids["view_id"])


def restored_backup(scene):
    """The checkpoint file continues after the last checkpoint in the database."""
    organization = scene.organization
    seal_events()
    origin = origin_of(organization.pk)
    lost = Checkpoint(origin, 1_000_000, bytes(32)).sign(signing_key(origin))
    write_file(organization.pk)
    append_notes(organization.pk, [str(lost)])
    return organization


def expired_log(_scene):
    """An organization that was added more than a year ago."""
    with recorded_at(days=-400):
        organization = factories.make_organization("Zion")
    seal_events()
    return organization


def itself(scene):
    return scene


OTHERS = (
    DIRECTORY_EVENTS
    | JOB_EVENTS
    | {
        "user.restored": (lambda s: s.deleted, lambda u: users.reactivate_user(u, actor=COMMAND)),
        "user.invited": (lambda s: s.invited, lambda u: invitations.invite_user(u, actor=COMMAND)),
        "user.verified": (
            itself,
            lambda s: invitations.accept_invitation(s.invitation, password="a password of it", visitor=COMMAND),
        ),
        "user.released": (lambda s: s.held, lambda u: users.release_user(u, actor=COMMAND)),
        "user.noted": (lambda s: s.active, lambda u: notes.write_note(u, text="On leave", actor=COMMAND)),
        "users.exported": (
            lambda s: s.organization,
            lambda o: exports.note_export(o, file_format="csv", query="status=active", actor=COMMAND),
        ),
        "file.downloaded": (
            lambda s: organizations.audit_target(s.organization),
            lambda target: exports.note_download(target, file="admin-roles.csv", actor=COMMAND),
        ),
        "events.exported": (
            lambda s: s.organization,
            lambda o: exports.start_export_of_events(o, file_format="csv", query="status=failure", actor=COMMAND),
        ),
        "events.export_finished": (
            lambda s: exports.start_export_of_events(s.organization, file_format="csv", query="", actor=COMMAND),
            lambda export: exports.finish_export_of_events(export, events=3, is_complete=True),
        ),
        "events.read": (
            lambda s: exports.reading(s.organization, by="page", session="", actor=COMMAND),
            lambda happening: repeats.record_repeated([happening]),
        ),
        "users.reviewed": (lambda s: s.organization, lambda o: bursts.review_users(o, actor=COMMAND)),
        "user.data_exported": (
            lambda s: users.target.audit_target(s.deleted),
            lambda target: exports.note_data_export(target, file_format="json", actor=COMMAND),
        ),
        "user.erased": (
            lambda s: s,
            lambda s: erasure.erase_person(s.organization, s.gone_id, actor=COMMAND),
        ),
        "log.expired": (expired_log, lambda _: remove_due_events()),
        "log.recovered": (
            restored_backup,
            lambda o: record_recovery(o.pk, reason="Restored the backup of Monday", actor=COMMAND),
        ),
        "purge.staged": (waiting_purge, purges.purge_due_users),
        "purge.allowed": (purge_run, lambda r: purges.allow_purge(r, due=r.due, actor=COMMAND)),
        "purge.held": (purge_run, lambda r: purges.hold_purge(r, actor=COMMAND)),
        "burst.found": (unusually_many, lambda _: bursts.flag_bursts()),
        "group.updated": (group, lambda g: groups.update_group(g, document={"displayName": "Crew"}, actor=COMMAND)),
        "group.members_changed": (
            lambda s: (group(s), s.active),
            lambda both: groups.add_member(both[0], both[1].pk, actor=COMMAND),
        ),
        "group.unmapped": (
            lambda s: group(s).role_mapping,
            lambda mapping: mappings.unmap_group(mapping, actor=COMMAND),
        ),
        "resource.created": (
            lambda s: (s.organization, served_type(s)),
            lambda both: resources.create_resource(*both, document={"serial": "1"}, actor=COMMAND),
        ),
        "resource.updated": (
            resource,
            lambda both: resources.update_resource(*both, document={"serial": "2"}, actor=COMMAND),
        ),
        "resource.deleted": (resource, lambda both: resources.delete_resource(*both, actor=COMMAND)),
        "schema.registered": (
            lambda s: s.organization,
            lambda o: schemas.register_schema(
                o, definition={**SCHEMA, "id": "urn:example:schemas:Badge"}, actor=COMMAND
            ),
        ),
        "schema.extended": (
            lambda s: (s.organization, schema(s)),
            lambda both: schemas.extend_resource_type(both[0], resource_type="User", schema=both[1], actor=COMMAND),
        ),
        "schema.removed": (
            lambda s: schemas.register_schema(
                s.organization, definition={**SCHEMA, "id": "urn:example:schemas:Badge"}, actor=COMMAND
            ),
            lambda found: schemas.remove_schema(found, actor=COMMAND),
        ),
        "resource_type.registered": (
            lambda s: (s.organization, schema(s)),
            lambda both: schemas.register_resource_type(
                both[0], definition={"name": "Badge", "endpoint": "/Badges", "schema": both[1].urn}, actor=COMMAND
            ),
        ),
        "resource_type.removed": (resource_type, lambda kind: schemas.remove_resource_type(kind, actor=COMMAND)),
        "connection.paused": (connection, lambda c: pauses.pause_connection(c, actor=COMMAND)),
        "connection.resumed": (paused_connection, lambda c: pauses.resume_connection(c, actor=COMMAND)),
        "connection.renamed": (connection, lambda c: connections.rename_connection(c, name="Another", actor=COMMAND)),
        "connection.deleted": (connection, lambda c: connections.delete_connection(c, actor=COMMAND)),
        "connection.tested": (connection, lambda c: run_self_test(c, actor=COMMAND)),
        "request.revealed": (
            lambda s: ScimRequest.objects.get(id=s.ids["entry_id"]),
            lambda entry: request_log.reveal_request(entry, actor=COMMAND),
        ),
        "bulk.requested": (
            lambda s: s.organization,
            lambda o: bulk_requests.begin_bulk_request(o, operations=2, actor=COMMAND),
        ),
        "client.revoked": (connection, lambda c: connections.revoke_client_secret(c, actor=COMMAND)),
        "stream.added": (lambda s: s.organization, lambda o: streams.add_stream(o, STREAM, actor=COMMAND)),
        "stream.changed": (
            stream,
            lambda found: streams.change_stream(found, name="Lake", secret="", categories=(), actor=COMMAND),
        ),
        "stream.paused": (stream, lambda found: streams.pause_stream(found, actor=COMMAND)),
        "stream.resumed": (paused_stream, lambda found: streams.resume_stream(found, actor=COMMAND)),
        "stream.replayed": (stream, lambda found: replays.replay_stream(found, found.created_at, actor=COMMAND)),
        "stream.gaps_dismissed": (stream, lambda found: replays.dismiss_gaps(found, actor=COMMAND)),
        "stream.deleted": (stream, lambda found: streams.delete_stream(found, actor=COMMAND)),
        "alert.added": (lambda s: s.organization, lambda o: alerts.add_alert(o, ALERT, actor=COMMAND)),
        "alert.changed": (alert, lambda found: alerts.change_alert(found, ALERT, actor=COMMAND)),
        "alert.paused": (alert, lambda found: alerts.pause_alert(found, actor=COMMAND)),
        "alert.resumed": (paused_alert, lambda found: alerts.resume_alert(found, actor=COMMAND)),
        "alert.deleted": (alert, lambda found: alerts.delete_alert(found, actor=COMMAND)),
        "alert.tested": (alert, lambda found: firings.send_test(found, actor=COMMAND)),
        "alert.fired": (
            alert,
            lambda found: firings.fire(found, firings.Cause(3, found.created_at, found.created_at)),
        ),
        "view.saved": (
            lambda s: s.organization,
            lambda o: saved_views.save_view(o, ViewPage.USERS, ViewContent("Ops", True, "role=any"), actor=COMMAND),
        ),
        "view.changed": (
            saved_view,
            lambda v: saved_views.change_view(v, ViewContent("Crew", True, ""), actor=COMMAND),
        ),
        "view.deleted": (saved_view, lambda v: saved_views.delete_view(v, actor=COMMAND)),
        "role.refused": (
            lambda s: refusals.RefusedRoleError(COMMAND, users.target.audit_target(s.self)),
            refusals.record_refusal,
        ),
        "page.refused": (lambda s: s.admin, lambda a: refusals.note_refused_page(a, "user-list", actor=COMMAND)),
        "token.refused": (connection, lambda c: connections.note_refused_client(str(c.pk), actor=COMMAND)),
        "password.reset_requested": (requested_reset, lambda _: addresses.resolve_addresses()),
        "password.changed": (
            lambda s: s.admin,
            lambda account: passwords.change_password(account, password="another one", but=None, actor=COMMAND),
        ),
        "factor.added": (
            with_factor,
            lambda account: factors.record_factor(AuditAction.FACTOR_ADDED, account, "totp", actor=COMMAND),
        ),
        "factor.removed": (with_factor, lambda account: factors.remove_factors(account, actor=COMMAND)),
        "identity.linked": (
            lambda s: (s.admin, provider(s)),
            lambda both: identities.link_identity(*both, subject="another", actor=COMMAND),
        ),
        "identity.unlinked": (
            lambda s: (s.admin, SocialAccount.objects.get(user=s.admin)),
            lambda both: identities.unlink_identity(*both, actor=COMMAND),
        ),
        "provider.added": (lambda s: s.organization, lambda o: providers.add_provider(o, PROVIDER, actor=COMMAND)),
        "provider.updated": (provider, lambda found: providers.change_provider(found, PROVIDER, actor=COMMAND)),
        "provider.removed": (provider, lambda found: providers.remove_provider(found, actor=COMMAND)),
        "session.sign_in_failed": (typed_address, lambda _: addresses.resolve_addresses()),
    }
)


def test_every_event_in_the_vocabulary_has_a_scene():
    played = {name.split()[0] for name in SCENES} | OTHERS.keys() | BY_REQUESTS.keys()
    assert played == set(AuditAction), (
        "add a scene to SCENES, MORE or DIRECTORY_EVENTS: what has to be there, and the action"
    )


def test_each_action_records_exactly_one_event(db, subtests):
    scene = Scene()
    Job.objects.all().delete()
    for event, (prepare, act) in OTHERS.items():
        with subtests.test(event), undone():
            subject = prepare(scene)
            before = set(AuditEvent.objects.values_list("pk", flat=True))
            with transaction.atomic():
                act(subject)
            assert list(AuditEvent.objects.exclude(pk__in=before).values_list("action", flat=True)) == [event]
