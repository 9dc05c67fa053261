"""Users and groups that a comparison finds only in the application, linked to no object of the directory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from controlhub.actions.jobs import Problem, Step
from controlhub.text.names import canonical_key
from directory.engine.batches import Line
from directory.engine.errors import RequestFailedError
from directory.engine.rules import Configuration
from directory.models import Application, Group, Link
from directory.provisioning.plan import ACTIVE, EXTERNAL_ID, Found, Kind

ORPHAN, DUPLICATE = "orphan", "duplicate"
LABELS = {ORPHAN: _("Only in the application"), DUPLICATE: _("Duplicate in the application")}
NAMES = {Kind.PERSON: "userName", Kind.GROUP: "displayName"}
MOST_CHARACTERS = 500
"""The maximum length of a name, as in links."""
NO_ENDPOINT = (404, 405, 501)
"""The status codes with which an application without groups answers."""


def page_of_strangers(configuration: Configuration, line: Line, kind: Kind, start: int) -> Step:
    """One page of the objects of the application, where the first object has the position 1.

    The cursor is where the next page starts, None at the end. Raises RequestFailedError if the application cannot be
    asked.
    """
    try:
        total, found = line.client.page(kind, start, configuration.quirks.page_size)
    except RequestFailedError as error:
        if kind is Kind.GROUP and error.note.status in NO_ENDPOINT:
            return Step(None)
        raise
    owners = _Owners(configuration.application, kind, found)
    unknown = [each for each in found if each.id not in owners.linked]
    problems = [_stranger(number, kind, each, owners.owner_of(each)) for number, each in enumerate(unknown, start)]
    counts = Counter(str(problem.details["action"]) for problem in problems)
    following = start + len(found)
    return Step(following if found and following <= total else None, 0, counts, problems)


class _Owners:
    """Which objects of a page are linked, and which linked objects the others may duplicate."""

    def __init__(self, application: Application, kind: Kind, found: Sequence[Found]) -> None:
        links = Link.objects.filter(application=application, kind=kind)
        self._kind = kind
        self.linked = set(links.filter(remote_id__in=[each.id for each in found]).values_list("remote_id", flat=True))
        unknown = [each for each in found if each.id not in self.linked]
        ids = {pk for each in unknown if (pk := _external_id(each.document)) is not None}
        self._by_id = dict(links.filter(local_id__in=ids).values_list("local_id", "label"))
        names = {_name(kind, each) for each in unknown} if kind is Kind.GROUP else set()
        groups = Group.objects.filter(organization=application.organization_id)
        groups = groups.filter(display_name_key__in=[canonical_key(name) for name in names])
        linked = links.filter(local_id__in=list(groups.values_list("pk", flat=True)))
        self._names = names.intersection(linked.values_list("label", flat=True))

    def owner_of(self, found: Found) -> str:
        """The name of the object that is linked to another one of these; "" if there is none.

        Both have the same `externalId`. Groups rarely have one, so two groups with the same name are duplicates, too.
        """
        owner = _external_id(found.document)
        label = self._by_id.get(owner, "") if owner else ""
        name = _name(self._kind, found)
        return label or (name if name in self._names else "")


def _external_id(document: Mapping[str, Any]) -> UUID | None:
    """The id of the directory's object that the externalId names, whether or not there is one."""
    try:
        return UUID(str(document.get(EXTERNAL_ID)))
    except ValueError:
        return None


def _name(kind: Kind, found: Found) -> str:
    return str(found.document.get(NAMES[kind]) or found.id)[:MOST_CHARACTERS]


def _stranger(number: int, kind: Kind, found: Found, owner: str) -> Problem:
    action = DUPLICATE if owner else ORPHAN
    details = {"action": action, "kind": kind.value, "id": found.id, "is_active": found.document.get(ACTIVE)}
    if owner:
        details["details"] = {"owner": owner}
    return Problem(number, _name(kind, found), str(LABELS[action]), None, details)
