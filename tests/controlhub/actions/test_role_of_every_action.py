"""No action, found by its signature, changes an administrator or a group above the role of the actor."""

import importlib
import inspect
import pkgutil
import typing

import pytest

import controlhub.actions
from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.actions.mappings import map_group
from controlhub.actions.users import AttributeEdit, deactivate_user
from controlhub.errors import RoleTooHighError
from controlhub.models import (
    AccessToken,
    Account,
    Cause,
    Group,
    Role,
    RoleMapping,
    Scope,
    User,
)
from scim.resources.catalogue import catalogue_of
from tests import factories
from tests.controlhub.actions.test_role_coverage import BY_USER_ADMIN, by_account, by_invitation


def schema_of(user):
    return catalogue_of(user.organization).by_endpoint["Users"].schema


OF_USERS = {
    "update_user": lambda act, user: act(user, document={**user.document, "title": "x"}, actor=BY_USER_ADMIN),
    "revive_user": lambda act, user: act(
        user, document={**user.document, "title": "x"}, found_by="userName", actor=BY_USER_ADMIN
    ),
    "withdraw_user": lambda act, user: act(user, reason="x", actor=BY_USER_ADMIN),
    "hold_user": lambda act, user: act(user, reason="x", actor=BY_USER_ADMIN),
    "extend_user": lambda act, user: act(user, days=1, actor=BY_USER_ADMIN),
    "purge_user": lambda act, user: act(user, cause=Cause.SCIM, actor=BY_USER_ADMIN),
    "change_attribute": lambda act, user: act(
        user, AttributeEdit("title", "x"), schema=schema_of(user), actor=BY_USER_ADMIN
    ),
    "remove_override": lambda act, user: act(user, "title", schema=schema_of(user), actor=BY_USER_ADMIN),
    "write_note": lambda act, user: act(user, text="x", actor=BY_USER_ADMIN),
    "give_role": lambda act, user: act(user, role=Role.AUDITOR, actor=BY_USER_ADMIN),
    "assign_role": lambda act, user: act(account_of(user), role=None, actor=BY_USER_ADMIN),
    "end_sessions": lambda act, user: act(account_of(user), actor=BY_USER_ADMIN),
    "remove_factors": lambda act, user: act(account_of(user), actor=BY_USER_ADMIN),
    "revoke_tokens": lambda act, user: act(user.organization, user=user, actor=BY_USER_ADMIN),
    "revoke_token": lambda act, user: act(user.tokens.get(), actor=BY_USER_ADMIN),
    "issue_token": lambda act, user: act(
        user.organization, name="x", scopes=[Scope.SCIM_READ], user=user, actor=BY_USER_ADMIN
    ),
}
INACTIVE = {"reactivate_user", "extend_user", "purge_inactive_user", "revive_user"}
OF_GROUPS = {
    "update_group": lambda act, group: act(group, document={"displayName": "x"}, actor=BY_USER_ADMIN),
    "add_members": lambda act, group: act(group, ids=[], actor=BY_USER_ADMIN),
    "set_members": lambda act, group: act(group, ids=[], actor=BY_USER_ADMIN),
    "remove_members": lambda act, group: act(group, ids=None, actor=BY_USER_ADMIN),
    "add_member": lambda act, group: act(group, group.pk, actor=BY_USER_ADMIN),
    "remove_member": lambda act, group: act(group, group.pk, actor=BY_USER_ADMIN),
    "join_group": lambda act, group: act(group, ids=[], actor=BY_USER_ADMIN),
    "leave_group": lambda act, group: act(group, ids=[], actor=BY_USER_ADMIN),
    "rename_group": lambda act, group: act(group, display_name="x", actor=BY_USER_ADMIN),
    "map_group": lambda act, group: act(group, role=Role.AUDITOR, actor=BY_USER_ADMIN),
    "unmap_group": lambda act, group: act(group.role_mapping, actor=BY_USER_ADMIN),
}
ABOUT_ONESELF = {
    "end_refused_session": "of the session that sends the request",
    "change_password": "by the signed-in user, or with the link",
    "issue_personal_token": "by the signed-in user",
    "link_identity": "by the signed-in user",
    "unlink_identity": "by the signed-in user",
    "record_factor": "records a change by the signed-in user",
    "rotate_token": "of a connection, never of a person",
    "note_refused_page": "records what the signed-in user was refused",
}


def actions_on(*kinds):
    """Public actions that take an actor and one of these models, by name."""
    found = {}
    for module in pkgutil.walk_packages(controlhub.actions.__path__, "controlhub.actions."):
        for name, function in vars(importlib.import_module(module.name)).items():
            if (
                name.startswith("_")
                or not inspect.isfunction(function)
                or not function.__module__.startswith("controlhub.actions")
            ):
                continue
            parameters = inspect.signature(function).parameters
            if "actor" not in parameters:
                continue
            hints = [parameter.annotation for parameter in parameters.values()]
            named = {part for hint in hints for part in (hint, *typing.get_args(hint))}
            if named & set(kinds):
                found[function.__name__] = function
    return found


USER_ACTIONS = {name: act for name, act in actions_on(User, Account, AccessToken).items() if name not in ABOUT_ONESELF}
GROUP_ACTIONS = actions_on(Group, RoleMapping)
CHECKS = {"require_covers", "require_covers_group", "require_covers_groups", "require_may_give", "is_revivable"}
PARTS = {"mail_invitation", "make_account"}
"""Steps of actions that have already checked the role: `invite_user`, `add_user`, `give_role`."""


def account_of(user):
    return Account.objects.select_related("user__organization").get(user=user)


def test_actions_are_found():
    assert {"withdraw_user", "deactivate_user", "assign_role", "remove_factors"} <= set(USER_ACTIONS)
    assert {"update_group", "delete_group", "map_group", "unmap_group"} <= set(GROUP_ACTIONS)


@pytest.mark.parametrize("name", sorted(set(USER_ACTIONS) - CHECKS - PARTS))
def test_every_action_on_a_higher_administrator_is_refused(organization, name):
    factories.make_admin(organization, "trinity@example.com")
    user = by_invitation(organization) if name == "invite_user" else by_account(organization)
    factories.make_token(organization, user=user)
    if name in INACTIVE:
        deactivate_user(user, actor=factories.COMMAND)
    user = User.objects.locked().select_related("organization").get(pk=user.pk)
    act = OF_USERS.get(name, lambda act, user: act(user, actor=BY_USER_ADMIN))
    events = AuditEvent.objects.count()
    with pytest.raises(RoleTooHighError):
        act(USER_ACTIONS[name], user)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("name", sorted(set(GROUP_ACTIONS) - CHECKS))
def test_every_action_on_a_group_of_higher_administrators_is_refused(organization, name):
    group = create_group(organization, document={"displayName": "Kings"}, actor=factories.COMMAND)
    map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    act = OF_GROUPS.get(name, lambda act, group: act(group, actor=BY_USER_ADMIN))
    with pytest.raises(RoleTooHighError):
        act(GROUP_ACTIONS[name], group)
