"""The capabilities of a SCIM service in words: its quirks as two lists."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.provisioning.quirks import Dialect, Quirks


def capabilities_of(quirks: Quirks) -> list[tuple[bool, str]]:
    """The capabilities, each with whether the service has it."""
    return [
        (True, _("Create and update users")),
        (quirks.disables, _("Disable users")),
        (quirks.deletes, _("Delete users after permanent deletion")),
        (quirks.has_groups, _("Groups and members")),
    ]


def deviations_of(quirks: Quirks) -> list[str]:
    """How requests to the service differ from those of RFC 7644."""
    return list(_deviations(quirks))


def _deviations(quirks: Quirks) -> Iterator[str]:
    if quirks.dialect is Dialect.LEGACY:
        yield _("PATCH requests have one operation for each attribute, and booleans are sent as strings.")
    if quirks.uses_put:
        yield _("Users are changed with PUT instead of PATCH.")
    if not quirks.filters_by_external_id:
        yield _("Users cannot be found by externalId.")
    if quirks.has_groups and not quirks.renames_groups:
        yield _("Groups cannot be renamed.")
    if quirks.replaces_members:
        yield _("The members of a group are sent as a whole list.")
    if quirks.has_groups and not quirks.returns_members:
        yield _("Groups are read without their members.")
    yield from _limits(quirks)


def _limits(quirks: Quirks) -> Iterator[str]:
    default = Quirks()
    if quirks.page_size != default.page_size:
        text = ngettext("Lists have {n} entry on a page.", "Lists have {n} entries on a page.", quirks.page_size)
        yield text.format(n=quirks.page_size)
    if quirks.members_per_request != default.members_per_request:
        number = quirks.members_per_request
        text = ngettext("A request changes at most {n} member.", "A request changes at most {n} members.", number)
        yield text.format(n=number)
    if number := quirks.requests_per_second:
        text = ngettext("At most {n} request per second.", "At most {n} requests per second.", number)
        yield text.format(n=number)
