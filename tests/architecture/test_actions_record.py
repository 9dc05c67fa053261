"""Every public action is registered here with the events that it records, and real runs record exactly those.

An action that writes is in RECORDS (it records one event itself), in DELEGATES (other actions or private functions
record its events), or in SILENT with the reason. An unregistered action fails the first test.
"""

import ast
import importlib
import inspect
import pkgutil
import textwrap

import pytest

import controlhub.actions
import directory.actions
from audit.models import AuditEvent
from controlhub.actions import access, admins, connections, groups, mappings, organizations, sessions, tokens, users
from controlhub.models import Role
from tests import factories

COMMAND = factories.COMMAND
RECORDS = {
    "admins": {"create_admin", "assign_role"},
    "alerts": {"add_alert", "change_alert", "pause_alert", "resume_alert", "delete_alert"},
    "bursts": {"review_users"},
    "bulk_requests": {"begin_bulk_request"},
    "client_tokens": {"issue_client_token"},
    "connections": {
        "create_connection",
        "delete_connection",
        "issue_client_secret",
        "rename_connection",
        "revoke_client_secret",
    },
    "erasure": {"erase_person"},
    "exports": {
        "finish_export_of_events",
        "note_data_export",
        "note_download",
        "note_export",
        "start_export_of_events",
    },
    "factors": {"record_factor", "remove_factors"},
    "firings": {"fire", "send_test"},
    "groups": {"create_group", "update_group", "delete_group"},
    "identities": {"account_by_group", "link_identity", "unlink_identity"},
    "invitations": {"accept_invitation", "invite_user", "make_account"},
    "jobs.control": {"start_job"},
    "notes": {"write_note"},
    "mappings": {"map_group", "unmap_group"},
    "organizations": {"change_policies", "confirm_backup", "create_organization", "rename_organization"},
    "passwords": {"change_password"},
    "pauses": {"pause_connection", "resume_connection"},
    "request_log.revealing": {"reveal_request"},
    "providers": {"add_provider", "change_provider", "remove_provider"},
    "refusals": {"record_refusal", "record_refusals_of_job"},
    "resources": {"create_resource", "delete_resource", "update_resource"},
    "saved_views": {"save_view", "change_view", "delete_view"},
    "replays": {"replay_stream", "replay_gaps", "dismiss_gaps"},
    "streams": {"add_stream", "change_stream", "pause_stream", "resume_stream", "delete_stream"},
    "schemas": {
        "extend_resource_type",
        "register_resource_type",
        "register_schema",
        "remove_resource_type",
        "remove_schema",
    },
    "self_tests.running": {"run_self_test"},
    "sessions": {"end_refused_session", "end_sessions"},
    "tokens": {"revoke_token"},
    "users.holds": {"extend_user", "hold_user", "release_user"},
    "users.lifecycle": {"withdraw_user"},
    "users.purge": {"purge_user"},
    "users.revival": {"end_memberships_and_roles"},
    "users.create": {"create_user", "create_users"},
    "directory.applications": {"add_application", "delete_application", "rename_application"},
    "directory.assignments": {"unassign"},
    "directory.provisioning": {"change_provisioning"},
    "directory.exports": {"note_export_of_log"},
    "directory.groups": {"create_group", "delete_group", "update_group"},
    "directory.mappings": {"change_mappings"},
    "directory.members": {"add_members", "remove_members"},
    "directory.people": {
        "create_people",
        "create_person",
        "delete_person",
        "purge_person",
        "restore_person",
        "update_people",
        "update_person",
    },
    "directory.rules": {"change_rule"},
}
DELEGATES = {
    "connections": {"note_refused_client"},
    "refusals": {"note_refused_page"},
    "repeats": {"close_hours", "record_if_possible", "record_repeated"},
    "request_log.refusing": {"record_refused_requests", "record_refused_tokens"},
    "request_log.storing": {"store_requests"},
    "added_people": {"add_users"},
    "bulk.starting": {"start_bulk_job"},
    "access": {"sign_out_user"},
    "bursts": {"flag_bursts"},
    "erasure": {"erase_due_people"},
    "firings": {"report_failed_verification"},
    "addresses": {"resolve_addresses"},
    "groups": {"add_member", "add_members", "remove_member", "remove_members", "set_members"},
    "invitations": {"add_user"},
    "imports.control": {"apply_import", "check_import"},
    "jobs.control": {"cancel_job", "pause_job", "resume_job", "undo_job"},
    "jobs.running": {"run_due_jobs", "run_job_at_once"},
    "managed_groups": {"create_named_group", "delete_managed_group", "join_group", "leave_group", "rename_group"},
    "purges": {"allow_purge", "hold_purge", "purge_due_users"},
    "role_grants": {"give_role"},
    "sessions": {"end_sessions_without_group"},
    "tokens": {"issue_personal_token", "issue_token", "revoke_connection", "revoke_tokens", "rotate_token"},
    "users.scim_delete": {"delete_by_policy"},
    "users.lifecycle": {"deactivate_user", "delete_user", "reactivate_user"},
    "users.purge": {"purge_inactive_user"},
    "users.attribute_edits": {"change_attribute", "remove_override"},
    "users.update": {"revive_user", "update_user"},
    "directory.bulk": {"start_for_people"},
    "directory.configuration_files": {"import_configuration"},
    "directory.assignments": {"assign"},
    "directory.imports.control": {"apply_people", "upload_people"},
    "directory.purges": {"purge_due_people"},
    "directory.rule_jobs": {"run_rule", "start_rule"},
}
SILENT = {
    "streams": {"try_stream": "an attempt that comes by itself, only earlier"},
    "invitations": {
        "mail_invitation": "part of the action that invites",
        "sweep_invitations": "invitations that have expired",
    },
    "imports.control": {
        "upload_import": "a file that changes nobody; the check and the import record their jobs",
        "sweep_imports": "files of a month ago",
    },
    "addresses": {"note_address": "a note for a job, which records what comes of it"},
    "admins": {
        "set_theme": "how the portal looks for one person",
        "set_user_list": "how a list looks for one person",
        "set_language": "how the portal reads for one person",
        "set_time_zone": "how the portal shows times for one person",
    },
    "client_tokens": {"sweep_client_tokens": "tokens that have expired"},
    "jobs.running": {"sweep_jobs": "jobs that finished long ago; their events stay"},
    "mail": {
        "mail_account": "part of the action that the mail is about",
        "mail_admins": "part of the action that the mail is about",
        "mail_operators": "part of the job that the mail is about",
        "written": "makes a message and saves nothing",
        "mail_language": "only reads",
        "send_again": "mail says what an action has recorded",
        "send_test_mail": "writes only to the administrator's own address",
    },
    "outbox": {
        "send_due_mail": "mail says what an action has recorded",
        "sweep_mail": "mail that was sent a month ago",
    },
    "overdue": {"report_overdue_jobs": "jobs belong to no organization"},
    "request_log.sweeping": {"sweep_requests": "log entries that are too old or too many"},
    "sessions": {
        "note_request": "an observation of each request",
        "sweep_sessions": "sessions that have expired",
    },
    "sign_in_policy": {
        "follow_session_policies": "part of change_policies",
        "lacks_second_factor": "only reads",
    },
    "tokens": {
        "note_token_use": "an observation of each request",
        "warn_of_expiry": "a mail about a date that was recorded when the token was issued",
    },
    "uniqueness": {
        "claim_group_names": "part of change_policies",
        "claim_values": "part of the action that writes the resource",
        "release_values": "part of the action that removes the resource",
        "take_back_values": "part of reactivate_user",
    },
    "upkeep": {
        "merge_row_counts": "counters that no administrator sees",
        "sweep_page_positions": "positions that no administrator sees",
    },
    "directory.imports.control": {"sweep_people_imports": "files of a month ago"},
    "directory.people": {"assign_values": "sets values that an action saves"},
    "directory.groups": {"save": "part of the action that changes the group"},
    "directory.names": {
        "set_name": "sets values that an action saves",
        "set_tombstone": "sets values that an action saves",
        "take_back_name": "sets values that an action saves",
    },
    "directory.rules": {
        "follow_rules": "part of the action that changes the person",
        "share_rules": "only locks",
    },
}
READS = (
    "address_of",
    "audit_target",
    "find_",
    "has_",
    "is_",
    "keeps_",
    "lock",
    "personal_scopes",
    "require_",
    "roles_of",
    "role_by_",
)
READ = {
    "directory.mappings": {"filter_of", "mappings_of"},
    "bulk.rules": {"divide_selection"},
    "jobs.control": {"may_control"},
    "saved_views": {"may_change_view"},
    "jobs.kinds": {"register"},
    "jobs.running": {"actor_of"},
    "bursts": {"burst_limit"},
    "purges": {"daily_limit", "due_users", "plan_purge"},
    "replays": {"plan_replay"},
    "request_log.counting": {"counts_of", "failure_of", "success_of"},
    "request_log.entries": {"error_of"},
    "exports": {"reading"},
    "request_log.refusing": {"refused_token"},
    "request_log.sweeping": {"first_id"},
    "receipts": {"make_receipt", "public_jwk", "public_key", "read_receipt"},
    "self_tests.conversations.entra": {"replace"},
    "self_tests.conversations.okta": {"profile"},
    "self_tests.playing": {"filled", "value_at"},
    "self_tests.client_requests": {"by_name", "names_of_run", "patch"},
    "token_addresses": {"network_of"},
    "uniqueness": {"claims_of"},
    "users.columns": {"columns_of", "names_unique"},
    "users.attribute_edits": {"editable_target"},
    "users.revival": {"inactive_twins"},
    "users.target": {"target_of", "tolerated_details"},
    "directory.attributes": {"attribute_of", "clean"},
    "directory.provisioning": {"usable_url"},
    "directory.names": {"names_unique"},
    "directory.imports.comparing": {"manager_of"},
    "directory.rules": {"dynamic_groups"},
}
RECORD = {"_record", "record", "record_each"}


def modules():
    """The modules of both packages by their names in the tables. Those of the directory begin with "directory"."""
    for package, prefix in ((controlhub.actions, ""), (directory.actions, "directory.")):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            name = found.name.removeprefix(f"{package.__name__}.")
            yield f"{prefix}{name}", importlib.import_module(found.name)


def public_functions():
    return {
        (name, function.__name__): inspect.unwrap(function)
        for name, module in modules()
        for attribute, function in vars(module).items()
        if inspect.isfunction(inspect.unwrap(function))
        and not attribute.startswith("_")
        and inspect.unwrap(function).__module__ == module.__name__
    }


FUNCTIONS = public_functions()


def calls(function):
    """The names of the functions that a function calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(name, "id", getattr(name, "attr", "")) for name in called}


def test_every_action_is_registered():
    known = {
        (module, name) for table in (RECORDS, DELEGATES, SILENT, READ) for module in table for name in table[module]
    }
    actions = {action for action in FUNCTIONS if not action[1].startswith(READS)}
    unknown = sorted(".".join(action) for action in actions - known)
    assert not unknown, (
        f"{unknown}: record one event with audit.record and add the action to RECORDS. If other actions record its "
        "events, add it to DELEGATES; if there is nothing to record, to SILENT with the reason; a query goes to READ."
    )
    gone = sorted(".".join(action) for action in known - actions)
    assert not gone, f"{gone}: these actions are gone; remove them from the tables."


@pytest.mark.parametrize("action", sorted(FUNCTIONS), ids=".".join)
def test_only_registered_actions_record(action):
    module, name = action
    found = RECORD & calls(FUNCTIONS[action])
    if name in RECORDS.get(module, ()):
        assert found, f"{module}.{name} is in RECORDS and does not call record(): move it to DELEGATES or SILENT."
    else:
        assert not found, f"{module}.{name} calls record(): it belongs to RECORDS."


def deactivated(organization):
    return users.deactivate_user(factories.make_user(organization), actor=COMMAND)


def retitle(user):
    user = users.lifecycle.lock(user)
    return users.update_user(user, document={**user.document, "title": "Chosen"}, actor=COMMAND)


def a_group(organization):
    return groups.create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)


def an_admin(organization):
    factories.make_admin(organization, "other@example.com")
    return factories.make_admin(organization)[0]


def signed_in(organization):
    account = an_admin(organization)
    factories.browser(account)
    return account


SCENES = {
    "user.created": (lambda o: o, factories.make_user),
    "user.updated": (
        factories.make_user,
        retitle,
    ),
    "user.deactivated": (factories.make_user, lambda u: users.deactivate_user(u, actor=COMMAND)),
    "user.reactivated": (deactivated, lambda u: users.reactivate_user(u, actor=COMMAND)),
    "user.deleted": (factories.make_user, lambda u: users.delete_user(u, actor=COMMAND)),
    "user.held": (factories.make_user, lambda u: users.hold_user(u, reason="Case 1", actor=COMMAND)),
    "user.extended": (deactivated, lambda u: users.extend_user(u, days=1, actor=COMMAND)),
    "user.purged": (deactivated, lambda u: users.purge_inactive_user(u, actor=COMMAND)),
    "group.created": (lambda o: o, a_group),
    "group.deleted": (a_group, lambda g: groups.delete_group(g, actor=COMMAND)),
    "group.mapped": (a_group, lambda g: mappings.map_group(g, role=Role.AUDITOR, actor=COMMAND)),
    "organization.created": (lambda o: o, lambda o: organizations.create_organization(name="Zion", actor=COMMAND)),
    "organization.backup_confirmed": (lambda o: o, lambda o: organizations.confirm_backup(o, actor=COMMAND)),
    "organization.updated": (
        lambda o: o,
        lambda o: organizations.change_policies(o, changes={"retention_days": 9}, actor=COMMAND),
    ),
    "connection.created": (lambda o: o, lambda o: connections.create_connection(o, name="Okta", actor=COMMAND)),
    "client.issued": (
        lambda o: factories.make_token(o)[0].connection,
        lambda c: connections.issue_client_secret(c, actor=COMMAND),
    ),
    "token.issued": (
        lambda o: factories.make_token(o)[0].connection,
        lambda c: tokens.rotate_token(c, actor=COMMAND),
    ),
    "token.revoked": (lambda o: factories.make_token(o)[0], lambda t: tokens.revoke_token(t, actor=COMMAND)),
    "role.assigned": (an_admin, lambda a: admins.assign_role(a, role=Role.AUDITOR, actor=COMMAND)),
    "role.removed": (an_admin, lambda a: admins.assign_role(a, role=None, actor=COMMAND)),
    "sessions.ended": (signed_in, lambda a: sessions.end_sessions(a, actor=COMMAND)),
    "sessions.ended by sign_out_user": (signed_in, lambda a: access.sign_out_user(a.user, actor=COMMAND)),
}


@pytest.mark.parametrize("event", sorted(SCENES))
def test_action_records_exactly_one_event(organization, event):
    prepare, act = SCENES[event]
    subject = prepare(organization)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    act(subject)
    found = AuditEvent.objects.exclude(pk__in=before).values_list("action", flat=True)
    assert list(found) == [event.split()[0]]
