"""Saved views: their owner can change them, and full administrators can change shared ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import InvalidNameError, InvalidSettingError
from controlhub.models import Organization, Role, SavedView, ViewPage

MAX_NAME = 60
MAX_QUERY = 2_000
MOST_OWN = 50
"""The maximum number of views that an administrator has on one page."""
MOST_SHARED = 100
"""The maximum number of shared views on one page."""


@dataclass(frozen=True, slots=True)
class ViewContent:
    """The content of a view: its name, who sees it, and what it opens."""

    name: str
    is_shared: bool
    query: str
    columns: Sequence[str] = ()

    def as_details(self) -> dict[str, Any]:
        return {"name": self.name, "shared": self.is_shared, "query": self.query}


@transaction.atomic
def save_view(organization: Organization, page: ViewPage, content: ViewContent, *, actor: Actor) -> SavedView:
    """Add a view of the actor. InvalidNameError if the actor already has a view with this name; InvalidSettingError."""
    Organization.objects.lock(organization.pk)  # the numbers of views are bounded
    owner = UUID(actor.id) if actor.kind is ActorKind.ADMIN and actor.id else None
    view = SavedView(organization=organization, page=page, owner_id=owner, owner_label=actor.label)
    _fill(view, content)
    if SavedView.objects.in_organization(organization).of_page(page).filter(owner_id=owner).count() >= MOST_OWN:
        raise InvalidSettingError(_("You have {number} views. Delete one first.").format(number=MOST_OWN))
    _require_room(view)
    view.save(force_insert=True)
    _record(AuditAction.VIEW_SAVED, view, EventContent(after=content.as_details()), actor)
    return view


@transaction.atomic
def change_view(view: SavedView, content: ViewContent, *, actor: Actor) -> bool:
    """Change a view's name, query, columns or whether it is shared. Returns whether it changed."""
    Organization.objects.lock(view.organization_id)
    _require_may_change(view, actor)
    before = _content_of(view)
    if before == content:
        return False
    was_shared = view.is_shared
    _fill(view, content)
    if not was_shared:
        _require_room(view)
    view.save(update_fields=["name", "query", "columns", "is_shared"])
    _record(AuditAction.VIEW_CHANGED, view, EventContent(before.as_details(), content.as_details()), actor)
    return True


@transaction.atomic
def delete_view(view: SavedView, *, actor: Actor) -> None:
    _require_may_change(view, actor)
    if SavedView.objects.filter(pk=view.pk).delete()[0]:
        _record(AuditAction.VIEW_DELETED, view, EventContent(before=_content_of(view).as_details()), actor)


def may_change_view(view: SavedView, *, user_id: UUID | str | None, role: str) -> bool:
    """Whether this administrator may change the view: the owner, and full administrators if it is shared."""
    return str(view.owner_id) == str(user_id) or (view.is_shared and role == Role.FULL_ADMIN)


def _require_may_change(view: SavedView, actor: Actor) -> None:
    if actor.kind is ActorKind.ADMIN and not may_change_view(view, user_id=actor.id, role=actor.role):
        raise InvalidSettingError(_("Only its owner and full administrators can change a shared view."))


def _content_of(view: SavedView) -> ViewContent:
    return ViewContent(view.name, view.is_shared, view.query, tuple(view.columns))


def _fill(view: SavedView, content: ViewContent) -> None:
    name = content.name.strip()
    if not name or len(name) > MAX_NAME:
        raise InvalidNameError(_("A name must have 1 to {number} characters.").format(number=MAX_NAME), field="name")
    if len(content.query) > MAX_QUERY:
        raise InvalidSettingError(_("These filters are too long to be saved."))
    others = SavedView.objects.filter(organization=view.organization_id, page=view.page, owner_id=view.owner_id)
    if others.exclude(pk=view.pk).filter(name__iexact=name).exists():
        raise InvalidNameError(_("You already have a view with this name."), field="name")
    view.name, view.is_shared, view.query, view.columns = name, content.is_shared, content.query, list(content.columns)


def _require_room(view: SavedView) -> None:
    if not view.is_shared:
        return
    shared = SavedView.objects.filter(organization=view.organization_id, page=view.page, is_shared=True)
    if shared.exclude(pk=view.pk).count() >= MOST_SHARED:
        raise InvalidSettingError(
            _("There are {number} shared views. Delete one first.").format(number=MOST_SHARED), field="is_shared"
        )


def _record(action: AuditAction, view: SavedView, content: EventContent, actor: Actor) -> None:
    target = Target(view.organization_id, TargetType.VIEW, str(view.pk), view.name)
    record(action, target=target, content=content, actor=actor)
