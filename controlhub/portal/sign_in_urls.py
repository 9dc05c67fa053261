"""The sign-in pages, under the URL names that allauth expects (docs/decisions/0019)."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth
from django.http import HttpResponse
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from controlhub.portal.access import require
from controlhub.portal.views import factors, session, sso

View = Callable[..., HttpResponse]


def own(view: Any) -> View:
    """A page about the account of the signed-in user."""
    return require()(view)


urlpatterns = [
    path("sign-in/", session.SignIn.as_view(), name="account_login"),
    path("sign-in/<uuid:organization_id>/", session.SignInToOrganization.as_view(), name="organization-sign-in"),
    path("sign-in/second-factor/", session.SecondFactor.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", session.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("sign-in/sso/<uuid:provider_id>/", sso.sign_in_by_provider, name="openid_connect_login"),
    path("sign-in/sso/<uuid:provider_id>/callback/", sso.provider_callback, name="openid_connect_callback"),
    path("sign-in/again/", own(session.AgainByPassword.as_view()), name="account_reauthenticate"),
    path("sign-in/again/code/", own(session.AgainByCode.as_view()), name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", own(session.AgainByKey.as_view()), name="mfa_reauthenticate_webauthn"),
    path("sign-in/again/sso/<uuid:provider_id>/", sso.sign_in_again_by_provider, name="openid_connect_again"),
    path("sign-out/", session.sign_out, name="account_logout"),
    path("password/forgotten/", never_cache(allauth.password_reset), name="account_reset_password"),
    path("password/forgotten/sent/", session.ResetSent.as_view(), name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        never_cache(session.NewPassword.as_view()),
        name="account_reset_password_from_key",
    ),
    path("password/new/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/sign-in/", own(factors.SignInMethods.as_view()), name="mfa_index"),
    path("account/second-factor/", factors.factor_setup, name="factor-setup"),
    path("account/password/", own(factors.ChangePassword.as_view()), name="account_change_password"),
    path("account/app/", own(factors.AddApp.as_view()), name="mfa_activate_totp"),
    path("account/app/remove/", own(factors.RemoveApp.as_view()), name="mfa_deactivate_totp"),
    path("account/passkeys/add/", own(factors.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", own(factors.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
    path("account/codes/", own(require_safe(factors.RecoveryCodes.as_view())), name="mfa_view_recovery_codes"),
    path("account/codes/new/", own(factors.NewRecoveryCodes.as_view()), name="mfa_generate_recovery_codes"),
    path("account/identities/<int:identity_id>/remove/", factors.identity_unlink, name="identity-unlink"),
]
