"""Sign-in methods, on allauth's pages: password, authenticator app, passkeys, recovery codes, connected identities."""

from typing import Any, ClassVar
from uuid import UUID

from allauth.account.views import PasswordChangeView
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.vocabulary import AuditAction
from controlhub.actions.factors import record_factor
from controlhub.actions.identities import unlink_identity
from controlhub.models import Account, IdentityProvider
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.refusals import Refusals
from controlhub.portal.reveals import Reveal, keep_reveal, reveals_on
from controlhub.portal.signin.identities import providers_of

Type = Authenticator.Type


@require_safe
@require()
def factor_setup(request: PortalRequest) -> HttpResponse:
    """The page for an administrator who has not yet set up the second factor that the organization requires."""
    if not request.account.must_set_up_factor:
        return redirect("mfa_index")
    return render(request, "mfa/required.html")


class SignInMethods(IndexView):
    """All sign-in methods, each with what can be done about it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.account
        offered = IdentityProvider.objects.in_organization(self.request.organization).order_by("name")
        linked = {UUID(item.provider): item for item in SocialAccount.objects.filter(user=account)}
        pairs = [(provider, linked.get(provider.pk)) for provider in offered]
        own = {"providers": pairs, "by_group": providers_of(account) if account.by_group else []}
        return super().get_context_data(**kwargs) | own


class _RecordedFactorChange:
    """A change of the account's factors, in one transaction with its audit event."""

    action: ClassVar[AuditAction]
    kind: ClassVar[str]
    request: PortalRequest

    def dispatch(self, request: PortalRequest, *args: Any, **kwargs: Any) -> Any:
        if request.account.by_group:
            messages.error(request, _("You can sign in only with single sign-on."))
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(*args, **kwargs)  # type: ignore[misc]
        return fill(form, draft_of(self.request))

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=self.request.account.pk)
            if self.is_too_late():
                return redirect("mfa_index")
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            record_factor(self.action, self.request.account, self.kind, actor=self.request.actor)
        return response

    def is_too_late(self) -> bool:
        """Whether another window has already made the change; checked with the account locked."""
        return False


class AddApp(_RecordedFactorChange, ActivateTOTPView):
    action, kind = AuditAction.FACTOR_ADDED, Type.TOTP.value

    def is_too_late(self) -> bool:
        return Authenticator.objects.filter(user=self.request.account, type=Type.TOTP).exists()


class RemoveApp(_RecordedFactorChange, DeactivateTOTPView):
    action, kind = AuditAction.FACTOR_REMOVED, Type.TOTP.value


class AddPasskey(_RecordedFactorChange, AddWebAuthnView):
    action, kind = AuditAction.FACTOR_ADDED, Type.WEBAUTHN.value


class RemovePasskey(_RecordedFactorChange, RemoveWebAuthnView):
    action, kind = AuditAction.FACTOR_REMOVED, Type.WEBAUTHN.value
    success_url = reverse_lazy("mfa_index")


class NewRecoveryCodes(_RecordedFactorChange, GenerateRecoveryCodesView):
    action, kind = AuditAction.FACTOR_ADDED, Type.RECOVERY_CODES.value


class RecoveryCodes(ViewRecoveryCodesView):
    """The codes, until their owner confirms having copied them or the reveal ends; then the number left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if context["can_view_codes"]:
            note = _(
                "Each works once, in place of your app or passkey. Print them, or keep them in a password manager, "
                "not on the phone that has the app."
            )
            codes = tuple(context["unused_codes"])
            reveal = Reveal(_("Save these recovery codes now"), note, codes=codes, done=reverse("mfa_index"))
            keep_reveal(self.request, self.request.path, reveal, key="codes")
        return context | {"is_shown": bool(reveals_on(self.request))}


class ChangePassword(PasswordChangeView):
    """For users who have a password; users of single sign-on have none."""

    def dispatch(self, request: PortalRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.account.has_usable_password():
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            return super().form_valid(form)


@require(page="mfa_index")
def identity_unlink(request: PortalRequest, identity_id: int) -> HttpResponse:
    linked = get_object_or_404(SocialAccount, pk=identity_id, user=request.account)
    with Refusals(request):
        unlink_identity(request.account, linked, actor=request.actor)
        messages.success(request, _("Identity disconnected."))
    return redirect("mfa_index")
