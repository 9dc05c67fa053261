"""Addresses typed by people who are not signed in: a request stores them, and a job looks them up.

Looking up an account takes longer if the address exists. So the request only stores what was typed. The job writes the
mail or the event if there is such an account (docs/decisions/0025).
"""

from datetime import timedelta
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string

from audit.actor import Actor, ActorKind
from audit.record import EventContent, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.mail import mail_language, written
from controlhub.actions.repeats import Happening, record_repeated
from controlhub.actions.users.target import audit_target
from controlhub.models import Account, AddressUse, TypedAddress
from controlhub.public_urls import password_reset_url

BATCH = 500
LOCKED = "There were too many attempts."
CANNOT_RESET = "This person is Inactive, has no email address, or does not sign in with a password."
MAX_AGE = timedelta(hours=1)
"""Older addresses that no job has processed are deleted; a link to set a password would have expired by then, too."""


def note_address(use: AddressUse, key: str, *, source: str | None, user_agent: str, request_id: str) -> None:
    """Record that an address was entered: one statement, whether or not an account has the address."""
    TypedAddress.objects.create(
        use=use, key=key, source=source, user_agent=user_agent[:512], request_id=request_id[:64]
    )


def resolve_addresses() -> int:
    """Process the addresses that belong to accounts, and delete all of them. Returns the number of addresses."""
    TypedAddress.objects.filter(created_at__lt=Now() - MAX_AGE).delete()
    for number in range(BATCH):
        with transaction.atomic():
            rows = TypedAddress.objects.select_for_update(skip_locked=True).order_by("created_at", "pk")
            typed = rows.first()
            if typed is None:
                return number
            known = Account.objects.select_related("user__organization")
            if account := known.filter(sign_in_key=typed.key).first():
                _resolve(typed, account)
            typed.delete()
    return BATCH


def _resolve(typed: TypedAddress, account: Account) -> None:
    actor = Actor(
        ActorKind.ADMIN,
        id=str(account.user_id),
        label=account.sign_in_address,
        address=typed.source,
        user_agent=typed.user_agent,
        request_id=typed.request_id,
    )
    target, details = audit_target(account.user), {"at": typed.created_at.isoformat()}
    if typed.use == AddressUse.PASSWORD_RESET:
        content = _reset_password(account, details)
        record(AuditAction.RESET_REQUESTED, target=target, content=content, actor=actor)
    elif typed.use == AddressUse.SIGN_IN_LOCKED:
        content = EventContent(result=Result.FAILURE, reason=LOCKED, details={"method": "password"})
        same = (account.pk, typed.source, LOCKED)
        record_repeated([Happening(AuditAction.SIGN_IN_FAILED, target, actor, same, content)])
    else:
        content = EventContent(result=Result.FAILURE, details={"method": "password", **details})
        record(AuditAction.SIGN_IN_FAILED, target=target, content=content, actor=actor)


def _reset_password(account: Account, details: dict[str, Any]) -> EventContent:
    """Mail a link to people who sign in with a password. Returns the content of the event."""
    can_reset = account.user.active and not account.by_group and account.has_usable_password()
    if not can_reset or "@" not in account.sign_in_address:
        return EventContent(result=Result.FAILURE, reason=CANNOT_RESET, details=details)
    _mail_reset_link(account)
    return EventContent(details=details)


def _mail_reset_link(account: Account) -> None:
    """Send the link to the sign-in address, never to the address that was typed."""
    context = {
        "user": account,
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        "password_reset_url": password_reset_url(
            user_pk_to_url_str(account), default_token_generator.make_token(account)
        ),
        "portal": settings.PUBLIC_URL,
    }
    prefix = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX
    subject = "account/email/password_reset_key_subject.txt"
    mail = written(
        account.user.organization,
        account.sign_in_address,
        language=mail_language(account.user, account),
        subject=lambda: prefix + " ".join(render_to_string(subject, context).split()),
        template="account/email/password_reset_key_message.txt",
        context=context,
    )
    mail.body = mail.body.strip()
    mail.save(force_insert=True)
