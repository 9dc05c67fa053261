"""Signing in and out, as allauth asks for it: counted, told to the audit log, each session with its beginning."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit.record import Story, record
from audit.vocabulary import AuditAction, Result
from controlhub import clock
from controlhub.actions.passwords import change_password
from controlhub.actions.users.target import audit_target
from controlhub.errors import TooManyAttemptsError
from controlhub.models import Account, OutgoingMail
from controlhub.names import canonical_key
from controlhub.portal.access import actor_of, signed_in_recently
from controlhub.portal.signin.identities import identity_methods
from controlhub.requests import client_address
from controlhub.sessions import ADDRESS, BEGAN, USER_AGENT

WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use your authenticator app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
WRONG = "Email address or password are not right, or this user is Inactive."


class AccountAdapter(DefaultAccountAdapter):
    """What allauth does with accounts, in this portal's words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is not right, or was used before.",
        "too_many_login_attempts": TooManyAttemptsError.default_message,
        "rate_limited": TooManyAttemptsError.default_message,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Accounts come by invitation, by command, or with a role."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "unknown"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """One count per address, whatever the host header says."""
        return canonical_key(credentials.get("username", ""))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        key = canonical_key(credentials.get("username", ""))
        if known := Account.objects.select_related("user").filter(sign_in_key=key).first():
            note(AuditAction.SIGN_IN_FAILED, request, known, result=Result.FAILURE, method="password")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Begin a session, which remembers where and with what the sign-in was made."""
        super().login(request, user)
        if isinstance(user, Account):
            begin(request)
            note(AuditAction.SIGNED_IN, request, user, method=methods_of(request, user))

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        if isinstance(user, Account):
            note(AuditAction.SIGN_IN_FAILED, request, user, result=Result.FAILURE, reason="The user is Inactive.")
        messages.error(request, "This user is Inactive; ask an administrator.")
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **_kwargs: Any) -> bool:  # noqa: ARG002
        """The portal's one rule of what is recent (controlhub.portal.access)."""
        return not signed_in_recently(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        named = [method | {"description": WAYS.get(method["id"], method["description"])} for method in found]
        return named or identity_methods(user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("mfa_index")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        request = context.request
        account = Account.objects.select_related("user__organization").get(pk=user.pk)
        keep = request.session.session_key if request.user.is_authenticated else None
        change_password(account, password=password, but=keep, actor=actor_of(request, account))
        user.password = account.password

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:  # noqa: ARG002
        """To the sign-in address, never to one that was typed; to nobody whose sign-in is not by password."""
        if isinstance(user, Account) and user.has_usable_password():
            minutes = settings.PASSWORD_RESET_TIMEOUT // 60
            self.send_mail("account/email/password_reset_key", user.sign_in_address, {**context, "minutes": minutes})

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(
            template_prefix, user, {"user": user, **(context or {})}, email or user.sign_in_address
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox, with the change that it tells of."""
        message = self.render_mail(template_prefix, email, {"portal": settings.PUBLIC_URL, **context})
        organization = context["user"].user.organization
        if "@" in email:
            OutgoingMail.objects.create(
                organization=organization, address=email, subject=message.subject, body=str(message.body)
            )

    def format_email_subject(self, subject: str) -> str:
        return f"{app_settings.EMAIL_SUBJECT_PREFIX}{subject}"


def begin(request: HttpRequest) -> None:
    """What the session remembers of the moment in which somebody proved who they are."""
    request.session[ADDRESS] = client_address(request)
    request.session[USER_AGENT] = request.headers.get("User-Agent", "")[:500]
    request.session[BEGAN] = clock.read().timestamp()


@receiver(authentication_step_completed)
def prove_again(request: HttpRequest, user: Any, *, reauthenticated: bool = False, **_kwargs: Any) -> None:
    """Who is signed in has proved it once more: the session gets a new key and a new beginning."""
    if reauthenticated:
        request.session.cycle_key()
        begin(request)
        note(AuditAction.SIGNED_IN, request, user, method=methods_of(request, user))


def methods_of(request: HttpRequest, account: Account) -> str:
    """By what the sign-in was made: `password`, `password, totp`, `webauthn`, `single sign-on`, …"""
    names = {"socialaccount": "single sign-on"}
    found = [
        record.get("type") or names.get(record["method"], record["method"])
        for record in get_authentication_records(request, account)
    ]
    return ", ".join(dict.fromkeys(found)) or "invitation"


def note(
    action: AuditAction,
    request: HttpRequest,
    account: Account,
    *,
    result: Result = Result.SUCCESS,
    method: str = "",
    reason: str = "",
) -> None:
    """Tell the audit log about a sign-in, a failed one, or a sign-out."""
    story = Story(result=result, reason=reason, details={"method": method} if method else {})
    record(action, target=audit_target(account.user), story=story, actor=actor_of(request, account))
