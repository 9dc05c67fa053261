"""The summary of one user, and the header of each of their pages."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.models import Group, Invitation, Permission, ProvisioningError, User, UserRemark
from controlhub.models.origins import origins_of
from controlhub.models.role_ways import role_ways
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.explanations import explain
from controlhub.portal.inactivity import inactivity_of
from controlhub.portal.timelines import Entry

RECENT = 5
SHARING = 5
"""The maximum number of other users with the same external ID who are named."""


@require_safe
@require(Permission.VIEW_USERS)
def user_detail(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    events = attach(AuditEvent.objects.in_organization(request.organization).about(user.pk).newest_first()[:RECENT])
    origins = origins_of(request.organization, events)
    sharing = list(User.objects.sharing_external_id(user)[: SHARING + 1])
    joined = Group.objects.filter(memberships__user=user).select_related("connection")
    groups = list(joined.order_by("display_name_key")[: RECENT + 1])
    context = {
        **shell(user, "summary"),
        "ways": role_ways([user])[user.pk],
        "sharing": sharing[:SHARING],
        "is_sharing_with_more": len(sharing) > SHARING,
        "groups": groups[:RECENT],
        "has_more_groups": len(groups) > RECENT,
        "invitation": Invitation.objects.filter(user=user).first(),
        "entries": [Entry([event], origins[event.pk]) for event in events],
        "remark": UserRemark.objects.in_organization(request.organization).filter(pk=user.pk).first(),
        "problem": _problem(request, user),
    }
    return render(request, "portal/users/detail.html", context)


def find(request: PortalRequest, user_id: UUID) -> User:
    return find_or_404(request, User.objects.select_related("organization", "connection"), pk=user_id)


def shell(user: User, tab: str) -> dict[str, object]:
    """The context for the header of every page of a user; only the summary shows in full why a user is Inactive."""
    return {"person": user, "tab": tab, "inactivity": inactivity_of(user), "is_summary": tab == "summary"}


def _problem(request: PortalRequest, user: User) -> tuple[ProvisioningError, object] | None:
    """The last request about the user, if it failed, with its explanation."""
    errors = ProvisioningError.objects.in_organization(request.organization)
    error = errors.filter(pk=user.pk).first()
    return (error, explain(error.status, error.scim_type)) if error else None
