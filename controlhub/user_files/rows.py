"""Rows of an import in portions: loads the users that they refer to, for many rows at once."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models.functions import Substr

from audit.actor import Actor
from controlhub.models import ImportRow, MatchBy, Membership, Organization, Role, RoleMapping, User, UserImport
from controlhub.models.users import UserQuerySet
from controlhub.sql.import_rows import planned_ids
from controlhub.text.names import TOMBSTONE_PREFIX, canonical_key
from controlhub.user_files.columns import Manager
from controlhub.user_files.comparing import Rules
from controlhub.user_files.mapping import ColumnMapping, mapping_of
from controlhub.user_files.people import People, is_id
from controlhub.user_files.schemas import user_schema


def rules_of(user_import: UserImport, actor: Actor) -> Rules:
    """Returns what is the same for all rows."""
    schema = user_schema(user_import.organization)
    mapping = mapping_of(schema, user_import.mapping)
    return Rules(user_import.header, mapping, schema, People(user_import.organization), actor)


def keys_of(mapping: ColumnMapping, cells: Sequence[str], match_by: str) -> tuple[str, str, str]:
    """Returns the key for matching the row's person, the key of the userName, and the userName as it is written."""
    texts = {key: value for _place, key, value in mapping.values(cells) if isinstance(value, str)}
    name = texts.get("userName", "")
    name_key = canonical_key(name)
    return (name_key if match_by == MatchBy.USER_NAME else texts.get("externalId", "")), name_key, name


def label_of(mapping: ColumnMapping, cells: Sequence[str]) -> str:
    """Returns the name of the row's person, as far as the file contains it."""
    texts = {key: value for _place, key, value in mapping.values(cells) if isinstance(value, str)}
    full = f"{texts.get('name.givenName', '')} {texts.get('name.familyName', '')}".strip()
    return texts.get("displayName") or full or texts.get("userName", "")


def matching(organization: Organization, match_by: str, keys: Iterable[str]) -> dict[str, list[User]]:
    """Returns the users with these keys who are not deleted, by key."""
    users = User.objects.in_organization(organization).listed()
    wanted = [key for key in set(keys) if key]
    named = match_by == MatchBy.USER_NAME
    found = users.filter(user_name_key__in=wanted) if named else users.filter(external_id__in=wanted)
    by_key: dict[str, list[User]] = {}
    for user in found.select_related("organization"):
        by_key.setdefault(user.user_name_key if named else user.external_id or "", []).append(user)
    return by_key


def deleted_by_name(organization: Organization, name_keys: Iterable[str]) -> dict[str, User]:
    """Returns the deleted users who had these userNames, by key. Of several, the one deleted last."""
    deleted: UserQuerySet = User.objects.in_organization(organization).deleted()
    named = deleted.annotate(original_key=Substr("user_name_key", TOMBSTONE_PREFIX + 1))
    wanted = [key for key in set(name_keys) if key]
    return {
        user.user_name_key[TOMBSTONE_PREFIX:]: user
        for user in named.filter(original_key__in=wanted).order_by("deactivated_at")
    }


def load_managers(rules: Rules, rows: Sequence[ImportRow], users: Iterable[User], user_import: UserImport) -> None:
    """Look up the managers to which the rows and the users refer."""
    keys = [key for key, column in rules.mapping.columns.items() if isinstance(column, Manager)]
    names = {
        value
        for row in rows
        for _place, key, value in rules.mapping.values(row.cells)
        if key in keys and isinstance(value, str)
    }
    rules.people.load_names(names, planned_ids(user_import.pk, {canonical_key(name) for name in names}))
    columns = [rules.mapping.columns[key] for key in keys if key in rules.mapping.keys]
    managers = [
        column.target.read(user.document) for user in users for column in columns if isinstance(column, Manager)
    ]
    rules.people.load_ids(manager["value"] for manager in managers if manager and is_id(manager.get("value")))


def above(actor: Actor, users: Sequence[User]) -> set[UUID]:
    """Returns the users whose own or group roles have permissions that the actor's role lacks."""
    if not actor.role or not users:
        return set()
    own = Role(actor.role)
    found = {user.pk for user in users if user.portal_role and not own.covers(Role(user.portal_role))}
    mapped = RoleMapping.objects.in_organization(users[0].organization).values_list("group_id", "role")
    groups = [group for group, role in mapped if not own.covers(Role(role))]
    members = Membership.objects.filter(group__in=groups, user__in=[user.pk for user in users])
    return {pk for pk in (*found, *members.values_list("user_id", flat=True)) if str(pk) != actor.id}
