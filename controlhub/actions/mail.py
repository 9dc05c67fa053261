"""Mail: written into the outbox by the change that it tells of, sent by a job (`controlhub.actions.outbox`)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string

from controlhub.models import Account, Organization, OutgoingMail, Permission, Role, RoleMapping

NOT_SENDING = frozenset(f"django.core.mail.backends.{name}.EmailBackend" for name in ("filebased", "console", "dummy"))


def is_mail_sent() -> bool:
    """Whether mail leaves this server. Without EMAIL_URL it is only written to files."""
    return settings.EMAIL_BACKEND not in NOT_SENDING


def mail_admins(
    organization: Organization, permission: Permission, *, subject: str, template: str, context: Mapping[str, Any]
) -> int:
    """Write to every active administrator whose role has the permission; to how many."""
    roles = [role for role in Role if role.may(permission)]
    accounts = Account.objects.filter(user__organization=organization, user__active=True, role__in=roles)
    mapped = RoleMapping.objects.filter(group__memberships__user=OuterRef("user"), role__in=roles)
    accounts = accounts.filter(Q(by_group=False) | Exists(mapped))
    body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
    mails = [
        OutgoingMail(organization=organization, address=address, subject=f"{subject} · {organization.name}", body=body)
        for address in accounts.values_list("sign_in_address", flat=True)
        if "@" in address
    ]
    OutgoingMail.objects.bulk_create(mails)
    return len(mails)


def mail_operators(*, subject: str, template: str, context: Mapping[str, Any]) -> int:
    """Mail the operators of the installation. Returns the number of messages.

    These are the addresses of OPERATOR_EMAIL; without that setting, the full administrators of the organization that
    was created first, usually by `make run`.
    """
    organization = Organization.objects.order_by("created_at", "pk").first()
    if organization is None:
        return 0
    permission = Permission.MANAGE_ORGANIZATION
    if not settings.OPERATOR_EMAIL:
        return mail_admins(organization, permission, subject=subject, template=template, context=context)
    body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
    mails = [
        OutgoingMail(organization=organization, address=address, subject=f"Control Hub: {subject}", body=body)
        for address in settings.OPERATOR_EMAIL
    ]
    return len(OutgoingMail.objects.bulk_create(mails))


def mail_account(account: Account, *, subject: str, template: str, **context: Any) -> None:
    """Write to an administrator's sign-in address, where it is one."""
    organization = account.user.organization
    if "@" in account.sign_in_address:
        body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
        OutgoingMail.objects.create(
            organization=organization, address=account.sign_in_address, subject=f"Control Hub: {subject}", body=body
        )
