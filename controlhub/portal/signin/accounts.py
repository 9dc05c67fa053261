"""Signing in and out for allauth: attempts are counted, events recorded, and the start of each session stored."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.record import EventContent, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.addresses import LOCKED, note_address
from controlhub.actions.passwords import change_password
from controlhub.actions.repeats import Happening, record_if_possible
from controlhub.actions.roles import role_by_group
from controlhub.actions.users.target import audit_target
from controlhub.database import clock
from controlhub.errors import TooManyAttemptsError
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.request_ids import request_id
from controlhub.models import Account, AddressUse, OutgoingMail
from controlhub.models.sessions import ADDRESS, BEGAN, STARTED, USER_AGENT
from controlhub.portal.access import actor_of, signed_in_recently
from controlhub.portal.drafts import has_draft
from controlhub.portal.signin.attempts import may_note_locked, take_attempt
from controlhub.portal.signin.devices import remember_device
from controlhub.portal.signin.factors import MISTAKES
from controlhub.portal.signin.identities import identity_methods
from controlhub.portal.signin.networks import NETWORK_NOT_ALLOWED, is_network_allowed, network_text
from controlhub.text.names import canonical_key

PASSWORD_THEN = "password_then"  # noqa: S105 — a key: the account's session hash when the sign-in began
WAYS = {
    "reauthenticate": _lazy("Use your password"),
    "mfa_reauthenticate": _lazy("Use your authenticator app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _lazy("Use a passkey"),
}
WRONG = _lazy("The email address or password is wrong, or this user is Inactive.")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's account adapter for this portal."""

    error_messages = (
        DefaultAccountAdapter.error_messages
        | MISTAKES
        | {
            "username_password_mismatch": WRONG,
            "incorrect_password": _lazy("The password is wrong. Try again."),
            "too_many_login_attempts": TooManyAttemptsError.default_message,
            "rate_limited": TooManyAttemptsError.default_message,
        }
    )

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never: accounts are created by invitation, by command, or with a role."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before anything is looked up or hashed."""
        key = canonical_key(credentials.get("username", ""))
        self._login_failed_rl_usage = take_attempt(request, key)
        if self._login_failed_rl_usage is None:
            if may_note_locked(request, key):
                note_typed(AddressUse.SIGN_IN_LOCKED, request, key)
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A job records this: whether an account has the address is not looked up here."""
        note_typed(AddressUse.SIGN_IN_FAILED, request, canonical_key(credentials.get("username", "")))

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Begin a session, and store the address and methods of the sign-in."""
        super().login(request, user)
        if isinstance(user, Account):
            begin(request, user)
            request.session[STARTED] = clock.database_now().timestamp()
            note(AuditAction.SIGNED_IN, request, user, method=methods_of(request, user))

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Reject Inactive users, and networks that are not allowed.

        Administrators by group must use single sign-on, and still be in a group that gives a role.
        """
        if not isinstance(user, Account):
            raise PermissionDenied
        if not is_network_allowed(request, user):
            note(AuditAction.SIGN_IN_FAILED, request, user, result=Result.FAILURE, reason=NETWORK_NOT_ALLOWED)
            clear_login(request)
            messages.error(request, network_text(request))
            return redirect("account_login")
        if user.by_group and not is_by_provider(request, user):
            note(AuditAction.SIGN_IN_FAILED, request, user, result=Result.FAILURE, reason="Not by the provider.")
            clear_login(request)
            messages.error(request, _("Sign in with single sign-on."))
            return redirect("account_login")
        request.session[PASSWORD_THEN] = user.get_session_auth_hash()
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Remember the browser as a known one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, Account):
            remember_device(request, response, user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        if isinstance(user, Account):
            note(AuditAction.SIGN_IN_FAILED, request, user, result=Result.FAILURE, reason="The user is Inactive.")
        messages.error(request, _("This user is Inactive. Ask an administrator."))
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **_kwargs: Any) -> bool:  # noqa: ARG002
        """Applies the portal's definition of a recent confirmation (controlhub.portal.access)."""
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

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(
            template_prefix, user, {"user": user, **(context or {})}, email or user.sign_in_address
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message to the outbox, in the transaction of the change that it reports."""
        message = self.render_mail(template_prefix, email, {"portal": settings.PUBLIC_URL, **context})
        organization = context["user"].user.organization
        if "@" in email:
            OutgoingMail.objects.create(
                organization=organization, address=email, subject=message.subject, body=str(message.body)
            )

    def is_safe_url(self, url: str) -> bool:
        """Whether the URL is on this site."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={context.request.get_host()}, require_https=settings.SERVED_OVER_HTTPS
        )

    def format_email_subject(self, subject: str) -> str:
        return f"{app_settings.EMAIL_SUBJECT_PREFIX}{subject}"


def is_by_provider(request: HttpRequest, account: Account) -> bool:
    """Whether the account signs in through a provider and still has a role through a group."""
    methods = {record["method"] for record in get_authentication_records(request, account)}
    return "socialaccount" in methods and role_by_group(account.user) is not None


def may_go_on(request: HttpRequest) -> bool:
    """Whether a sign-in that waits for a second factor can continue: account, password and factors are unchanged."""
    try:
        login = unstash_login(request, peek=True)
    except (KeyError, TypeError, ValueError, ObjectDoesNotExist):
        return False
    account = login.user if login else None
    if not isinstance(account, Account) or account.get_session_auth_hash() != request.session.get(PASSWORD_THEN):
        return False
    return bool(is_mfa_enabled(account, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def begin(request: HttpRequest, account: Account) -> None:
    """Store in the session when the user confirmed their identity.

    For single sign-on this is the time that the provider reports, because a provider may remember people for days.
    """
    methods = {record["method"] for record in get_authentication_records(request, account)}
    request.session[ADDRESS] = client_address(request)
    request.session[USER_AGENT] = request.headers.get("User-Agent", "")[:500]
    request.session[BEGAN] = (
        getattr(request, "provider_proof", 0.0) if methods == {"socialaccount"} else clock.database_now().timestamp()
    )


@receiver(authentication_step_completed)
def prove_again(request: HttpRequest, user: Any, *, reauthenticated: bool = False, **_kwargs: Any) -> None:
    """The user has confirmed their identity again: the session gets a new key and start time."""
    if reauthenticated:
        request.session.cycle_key()
        begin(request, user)
        if has_draft(request):
            messages.info(
                request, _("Identity confirmed. Nothing has been changed yet. Check your entries and submit the form.")
            )
        note(AuditAction.SIGNED_IN, request, user, method=methods_of(request, user))


def methods_of(request: HttpRequest, account: Account) -> str:
    """The methods of the sign-in: `password`, `password, totp`, `webauthn`, `single sign-on`, …"""
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
    """Record a sign-in, a failed sign-in or a sign-out in the audit log."""
    content = EventContent(result=result, reason=reason, details={"method": method} if method else {})
    record(action, target=audit_target(account.user), content=content, actor=actor_of(request, account))


def note_locked(request: HttpRequest, account: Account, *, method: str) -> None:
    """Record an attempt that was not checked because there were too many; once an hour, with their number."""
    content = EventContent(result=Result.FAILURE, reason=LOCKED, details={"method": method})
    actor = actor_of(request, account)
    same = (account.pk, actor.address, method, LOCKED)
    target = audit_target(account.user)
    record_if_possible([Happening(AuditAction.SIGN_IN_FAILED, target, actor, same, content)])


def note_typed(use: AddressUse, request: HttpRequest, key: str) -> None:
    """Store for a job what a signed-out visitor typed."""
    agent = request.headers.get("User-Agent", "")
    note_address(use, key, source=client_address(request), user_agent=agent, request_id=request_id())
