"""Mail: written by the change that it reports, in the recipient's language, and sent by `controlhub.actions.outbox`."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from controlhub.errors import InvalidSettingError
from controlhub.models import Account, Organization, OutgoingMail, Permission, Role, RoleMapping, User
from controlhub.text.languages import language_of

NOT_SENDING = frozenset(
    {
        "controlhub.backends.mail_files.EmailBackend",
        *(f"django.core.mail.backends.{name}.EmailBackend" for name in ("filebased", "console", "dummy")),
    }
)


def is_mail_sent() -> bool:
    """Whether mail leaves this server. Without EMAIL_URL it is only written to files."""
    return settings.EMAIL_BACKEND not in NOT_SENDING


def written(
    organization: Organization,
    address: str,
    *,
    language: str,
    subject: Callable[[], str],
    template: str,
    context: Mapping[str, Any],
) -> OutgoingMail:
    """Returns an unsaved message. The language is active while the template is rendered and `subject` is called.

    Times in mail are in UTC.
    """
    with override(language), timezone.override(UTC):
        body = render_to_string(template, {**context, "organization": organization, "portal": settings.PUBLIC_URL})
        return OutgoingMail(organization=organization, address=address, subject=subject(), body=body)


def mail_language(user: User, account: Account | None = None) -> str:
    """Returns the language the administrator chose, or else the directory's `preferredLanguage`, or else English."""
    chosen = account.language if account else ""
    return language_of(chosen, str(user.document.get("preferredLanguage") or ""))


def mail_admins(
    organization: Organization,
    permission: Permission,
    *,
    subject: Callable[[], str],
    template: str,
    context: Mapping[str, Any],
) -> int:
    """Queue mail to each active administrator whose role has the permission. Returns the number of messages."""
    roles = [role for role in Role if role.may(permission)]
    accounts = Account.objects.filter(user__organization=organization, user__active=True, role__in=roles)
    mapped = RoleMapping.objects.filter(group__memberships__user=OuterRef("user"), role__in=roles)
    accounts = accounts.filter(Q(by_group=False) | Exists(mapped)).select_related("user")
    mails = [
        written(
            organization,
            account.sign_in_address,
            language=mail_language(account.user, account),
            subject=lambda: f"{subject()} · {organization.name}",
            template=template,
            context=context,
        )
        for account in accounts
        if "@" in account.sign_in_address
    ]
    OutgoingMail.objects.bulk_create(mails)
    return len(mails)


def mail_operators(*, subject: Callable[[], str], template: str, context: Mapping[str, Any]) -> int:
    """Queue mail to the operators of the installation. Returns the number of messages.

    These are the addresses of OPERATOR_EMAIL, whose mail is in English. Without that setting, they are the full
    administrators of the organization that was created first, usually by `make run`.
    """
    organization = Organization.objects.order_by("created_at", "pk").first()
    if organization is None:
        return 0
    permission = Permission.MANAGE_ORGANIZATION
    if not settings.OPERATOR_EMAIL:
        return mail_admins(organization, permission, subject=subject, template=template, context=context)
    mails = [
        written(
            organization,
            address,
            language=settings.LANGUAGE_CODE,
            subject=lambda: f"Control Hub: {subject()}",
            template=template,
            context=context,
        )
        for address in settings.OPERATOR_EMAIL
    ]
    return len(OutgoingMail.objects.bulk_create(mails))


def mail_account(account: Account, *, subject: Callable[[], str], template: str, **context: Any) -> None:
    """Queue mail to an administrator's sign-in address, if it is an email address."""
    if "@" in account.sign_in_address:
        written(
            account.user.organization,
            account.sign_in_address,
            language=mail_language(account.user, account),
            subject=lambda: f"Control Hub: {subject()}",
            template=template,
            context=context,
        ).save(force_insert=True)


def send_test_mail(account: Account) -> None:
    """Queue mail to an administrator's own sign-in address. InvalidSettingError if it is not an e-mail address."""
    if "@" not in account.sign_in_address:
        raise InvalidSettingError(
            _("You cannot get mail, because the address that you sign in with is not an email address.")
        )
    mail_account(account, subject=lambda: _("Test message"), template="mail/test.txt", by=account.sign_in_address)


def send_again(mail: OutgoingMail) -> bool:
    """Try an undelivered message at once. Returns whether it was still waiting to be sent."""
    return bool(OutgoingMail.objects.filter(pk=mail.pk, sent_at=None).exclude(error="").update(try_at=Now()))
