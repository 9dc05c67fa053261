"""The other tabs of a user: groups, access, activity and the SCIM record."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlhub.models import Account, Permission, Session, User
from controlhub.models.role_ways import role_ways
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.forms.groups import MemberSearch
from controlhub.portal.sign_in_methods import methods_of
from controlhub.portal.timelines import KINDS, KindForm, timeline
from controlhub.portal.user_groups import MOST, groups_page
from controlhub.portal.views.groups.lists import address
from controlhub.portal.views.users.detail import find, shell
from controlhub.public_urls import tenant_url
from controlhub.text.readable import escaped
from scim.protocol.project import WHOLE
from scim.resources.base import Context
from scim.resources.catalogue import catalogue_of

RECENT = 20


@require_safe
@require(Permission.VIEW_USERS)
def user_groups(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Direct and inherited groups, by name."""
    user = find(request, user_id)
    query = MemberSearch(request.GET).query
    page = groups_page(user, query)
    ids = [joined.group.pk for joined in page.groups]
    context = {
        **shell(user, "groups"),
        "page": page,
        "kind": query.kind,
        "previous": address(request.GET, before=ids[0]) if page.has_previous else "",
        "next": address(request.GET, after=ids[-1]) if page.has_next else "",
        "first": address(request.GET) if page.has_previous else "",
        "most": MOST,
    }
    return render(request, "portal/users/groups.html", context)


@require_safe
@require(Permission.VIEW_USERS)
def user_access(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Roles, sign-in methods, sessions and access tokens."""
    user = find(request, user_id)
    account = Account.objects.filter(user=user).first()
    context = {
        **shell(user, "access"),
        "ways": role_ways([user])[user.pk],
        "account": account,
        "sessions": Session.objects.filter(account__user=user).unexpired().order_by("-started_at")[:RECENT],
        "tokens": user.tokens.order_by("-created_at")[:RECENT],
        "methods": methods_of(request.organization, account),
    }
    return render(request, "portal/users/access.html", context)


@require_safe
@require(Permission.VIEW_USERS, Permission.VIEW_AUDIT)
def user_activity(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """The audit events of the user by day, newest first."""
    user = find(request, user_id)
    kind = KindForm(request.GET).kind_of_events
    after = MemberSearch(request.GET).query.after
    found = timeline(user, kind=kind, after=after)
    context = {
        **shell(user, "activity"),
        "days": found.days,
        "kind": kind,
        "kinds": [(key, label, _kind_address(key)) for key, label in KINDS.items()],
        "older": address(request.GET, after=found.older) if found.older else "",
        "newest": address(request.GET) if after else "",
    }
    return render(request, "portal/users/activity.html", context)


def _kind_address(kind: str) -> str:
    query = QueryDict(mutable=True)
    if kind:
        query["kind"] = kind
    return f"?{query.urlencode()}"


@require_safe
@require(Permission.VIEW_USERS)
def user_record(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """The document as SCIM sends it, with its ETag; for a hidden user, as SCIM would send it."""
    user = find(request, user_id)
    document, etag = _hidden(user) if user.hidden else _served(request, user)
    text = escaped(json.dumps(document, indent=2, ensure_ascii=False), but="\n")
    return render(request, "portal/users/record.html", {**shell(user, "record"), "record": text, "etag": etag})


def _served(request: PortalRequest, user: User) -> tuple[dict[str, Any], str]:
    handler = catalogue_of(request.organization).by_endpoint["Users"]
    context = Context(request.organization, request.actor, tenant_url(request.organization.pk))
    row = handler.fetch(user.pk, context)
    return json.loads(handler.represent(row, context, WHOLE)), row.etag


def _hidden(user: User) -> tuple[dict[str, Any], str]:
    etag = f'W/"{user.version}"'
    meta = {"resourceType": "User", **json.loads(f"{{{user.moments}}}"), "version": etag}
    return {"id": str(user.pk), **user.document, "meta": meta}, etag
