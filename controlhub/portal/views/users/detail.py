"""The page of one user."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.models import AuditEvent
from controlhub.models import Group, Invitation, Permission, Session, User
from controlhub.models.role_ways import role_ways
from controlhub.portal.access import PortalRequest, find_or_404, require

RECENT = 20
SHARING = 5
"""The most users who are named because they have the same external ID."""


@require_safe
@require(Permission.VIEW_USERS)
def user_detail(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    events = AuditEvent.objects.in_organization(request.organization).about(user.pk)
    sharing = list(User.objects.sharing_external_id(user)[: SHARING + 1])
    context = {
        "person": user,
        "ways": role_ways([user])[user.pk],
        "sharing": sharing[:SHARING],
        "is_sharing_with_more": len(sharing) > SHARING,
        "groups": Group.objects.filter(memberships__user=user).order_by("display_name_key")[:RECENT],
        "sessions": Session.objects.filter(account__user=user).unexpired().order_by("-created_at")[:RECENT],
        "tokens": user.tokens.order_by("-created_at")[:RECENT],
        "factors": Authenticator.objects.filter(user__user=user).exclude(type=Authenticator.Type.RECOVERY_CODES),
        "invitation": Invitation.objects.filter(user=user).first(),
        "events": events.newest_first()[:RECENT],
    }
    return render(request, "portal/users/detail.html", context)


def find(request: PortalRequest, user_id: UUID) -> User:
    return find_or_404(request, User.objects.select_related("organization", "connection"), pk=user_id)
