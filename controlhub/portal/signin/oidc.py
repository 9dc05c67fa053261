"""OpenID Connect with an organization's provider: allauth's flow, with PKCE, nonce, and every ID token verified.

Only the ID token is trusted (OpenID Connect Core §3.1.3.7), and only its subject is kept.
"""

import hashlib
from typing import Any

import jwt
import requests
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from controlhub.errors import MALFORMED_INPUT_ERRORS
from controlhub.security import outbound

NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60
MAX_SUBJECT = 191
MAX_REASON = 200
AUTH_METHODS = "token_endpoint_auth_methods_supported"
REQUIRED = ["iss", "aud", "exp", "iat", "sub", "nonce"]


class DiscoveryError(OAuth2Error):
    """The issuer's discovery document cannot be used; the message says why."""


def discover(issuer: str) -> dict[str, Any]:
    """The issuer's discovery document (OpenID Connect Discovery §4); raises DiscoveryError if it cannot be used."""
    try:
        outbound.require_address(issuer)
        with outbound.open_session() as session:
            response = session.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            response.raise_for_status()
            document = response.json()
        if not isinstance(document, dict) or not all(isinstance(document.get(name), str) for name in NEEDED):
            raise DiscoveryError(_("The discovery document must contain {names}.").format(names=", ".join(NEEDED)))
        for name in NEEDED[1:]:
            outbound.require_address(document[name])
    except (requests.RequestException, *MALFORMED_INPUT_ERRORS) as error:
        reason = str(error)[:MAX_REASON]
        raise DiscoveryError(_("The discovery document cannot be read: {reason}").format(reason=reason)) from error
    if not isinstance(document.get(AUTH_METHODS), list):
        document[AUTH_METHODS] = ["client_secret_basic"]  # the default of the standard
    if document["issuer"].rstrip("/") != issuer.rstrip("/"):
        message = _("This URL belongs to the issuer {issuer}. Enter that issuer.")
        raise DiscoveryError(message.format(issuer=document["issuer"][:MAX_REASON]))
    return document


class Adapter(OpenIDConnectOAuth2Adapter):
    """The flow with one provider."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            self._openid_config = discover(self.get_provider().app.settings["server_url"])
        return self._openid_config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> Any:
        self.nonce = nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:  # noqa: ARG002
        response = kwargs["response"]
        claims = self.verified(app, str(response.get("id_token") or ""))
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.claims = claims
        return login

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002
        """The URL at PUBLIC_URL, regardless of the requested host, because it is registered with the provider."""
        return settings.PUBLIC_URL + reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})

    def verified(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The claims of an ID token that the provider signed for us, now, for our request; raises OAuth2Error."""
        try:
            with outbound.open_session() as session:
                response = session.get(self.openid_config["jwks_uri"])
                response.raise_for_status()
                keys = jwt.PyJWKSet.from_dict(response.json())
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key_of(id_token, keys).key,
                algorithms=list(ALGORITHMS),
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except (jwt.PyJWTError, requests.RequestException, *MALFORMED_INPUT_ERRORS) as error:
            raise OAuth2Error(f"The ID token is not good: {error}") from error
        if not is_subject(claims["sub"]):
            raise OAuth2Error("The ID token's subject is not one that can be stored (OpenID Connect Core §2).")
        if claims["nonce"] != self.nonce or claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The ID token was made for another request.")
        return claims


class Provider(OpenIDConnectProvider):
    """allauth's provider, which stores no data and lets no request add parameters."""

    oauth2_adapter_class = Adapter
    app: SocialApp

    def get_pkce_params(self) -> dict[str, str]:
        """Adds the nonce, which is derived from the verifier in the session."""
        params: dict[str, str] = super().get_pkce_params()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:  # noqa: ARG002
        return {"prompt": "login", "max_age": "0"} if getattr(request, "sign_in_again", False) else {}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """The state says whether the user was asked to confirm their identity again."""
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        return kwargs | ({"again": True} if getattr(request, "sign_in_again", False) else {})

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002
        return ["openid", "profile"]

    def extract_extra_data(self, data: Any) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def serialize(self) -> dict[str, Any]:
        return {"id": self.app.provider_id}


def is_subject(sub: Any) -> bool:
    """Whether this can be stored as a subject: printable ASCII, not longer than the column."""
    return isinstance(sub, str) and 0 < len(sub) <= MAX_SUBJECT and sub.isascii() and sub.isprintable()


def key_of(id_token: str, keys: jwt.PyJWKSet) -> jwt.PyJWK:
    """The key that the token names, which it may omit if there is only one; raises KeyError for an unknown key."""
    kid = jwt.get_unverified_header(id_token).get("kid")
    return keys.keys[0] if kid is None and len(keys.keys) == 1 else keys[str(kid)]


def nonce_of(verifier: str) -> str:
    return hashlib.sha256(f"nonce:{verifier}".encode()).hexdigest()
