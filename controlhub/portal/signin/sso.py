"""The providers of each organization, and the account that an identity signs in."""

import logging
from typing import Any
from uuid import UUID

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from audit.record import EventContent, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.identities import account_by_group, link_identity
from controlhub.actions.providers import audit_target
from controlhub.database import clock
from controlhub.middleware.client_addresses import client_address
from controlhub.models import Account, IdentityProvider
from controlhub.portal.access import actor_of, signed_in_recently
from controlhub.portal.refusals import Refusals
from controlhub.portal.signin.oidc import MAX_REASON
from controlhub.security import outbound

logger = logging.getLogger(__name__)


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Providers are rows of organizations. An identity belongs to the account that its owner or a group connected."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        try:
            wanted = Q(pk=UUID(str(provider)))
        except ValueError:
            return []
        if client_id:
            wanted &= Q(client_id=client_id)
        return [app_of(found) for found in IdentityProvider.objects.filter(wanted)]

    def get_requests_session(self) -> outbound.Session:
        return outbound.open_session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:  # noqa: ARG002
        """Never: an e-mail address does not prove an identity."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,  # noqa: ARG002
    ) -> None:
        """Shows one page for all errors of a provider; only the log contains the reason."""
        reason = f"{type(exception).__name__} {str(exception)[:MAX_REASON]!r}" if exception else error
        logger.warning("Sign-in by %s failed: %s", provider.app.provider_id, reason)
        context = {"auth_error": {"provider": provider, "code": error, "exception": exception}}
        page = render(request, "socialaccount/authentication_error.html", context, status=401)
        raise ImmediateHttpResponse(page)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account of the identity, in place of allauth's own handling."""
        sociallogin.token = None  # otherwise it would stay in the session until the second factor
        provider = IdentityProvider.objects.select_related("organization").get(pk=sociallogin.account.provider)
        request.provider_proof = proof_of(sociallogin)  # type: ignore[attr-defined]
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(connect(request, provider, sociallogin.account.uid))
        account = sociallogin.user if sociallogin.is_existing else None
        if account is None and (account := account_by_group(provider, getattr(sociallogin, "claims", {}))):
            sociallogin.user = account
            sociallogin.account = SocialAccount(user=account, provider=str(provider.pk), uid=sociallogin.account.uid)
        if not isinstance(account, Account) or account.user.organization_id != provider.organization_id:
            raise ImmediateHttpResponse(unknown(request, provider))

    def serialize_instance(self, instance: Any) -> dict[str, Any]:
        """Leaves the password hash out of what is stored in a session."""
        data: dict[str, Any] = super().serialize_instance(instance)
        return {name: value for name, value in data.items() if name != "password"}


def proof_of(sociallogin: SocialLogin) -> float:
    """When the provider authenticated the user.

    This is the time that it reports, or now if it was asked to authenticate the user again and reports nothing.
    """
    told = getattr(sociallogin, "claims", {}).get("auth_time")
    now = clock.database_now().timestamp()
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(max(0, min(now, told)))  # compared before it is converted: it may be larger than any float
    return now if sociallogin.state.get("again") else 0.0


def app_of(provider: IdentityProvider) -> SocialApp:
    """The provider as allauth represents it; never stored."""
    return SocialApp(
        provider="openid_connect",
        provider_id=str(provider.pk),
        name=provider.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={"server_url": provider.issuer, "oauth_pkce_enabled": True, "fetch_userinfo": False},
    )


def connect(request: HttpRequest, provider: IdentityProvider, subject: str) -> HttpResponse:
    """Connect the identity to the signed-in user, who has recently confirmed their identity."""
    account = request.user
    if not isinstance(account, Account) or account.must_set_up_factor or not signed_in_recently(request):
        return redirect("account_login")
    with Refusals(request):
        link_identity(account, provider, subject=subject, actor=actor_of(request, account))
        messages.success(request, _("You can now sign in with {name}.").format(name=provider.name))
    return redirect("mfa_index")


def unknown(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    """The page for an identity that is not connected to an account; possible owners are not shown."""
    content = EventContent(
        result=Result.FAILURE, reason="The identity is not connected.", details={"method": "single sign-on"}
    )
    actor = Actor(ActorKind.ADMIN, address=client_address(request), user_agent=request.headers.get("User-Agent", ""))
    record(AuditAction.SIGN_IN_FAILED, target=audit_target(provider), content=content, actor=actor)
    context: dict[str, Any] = {"provider": provider}
    return render(request, "socialaccount/unknown.html", context, status=403)
