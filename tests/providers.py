"""A local OpenID Connect provider whose documents have the structure of Entra ID's."""

import json
import warnings
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from authlib.deprecate import AuthlibDeprecationWarning

from controlhub.actions.providers import ProviderSettings, add_provider
from tests import pages
from tests.factories import COMMAND

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    import oidc_provider_mock
    from oidc_provider_mock import _app, _server

OID = "11111111-2222-3333-4444-555555555555"
TENANT = "0c7b1ad0-6d9f-4f3e-9a3e-1d6b0f1c2a77"
PATHS = {
    f"/{TENANT}/oauth2/v2.0/authorize": "/oauth2/authorize",
    f"/{TENANT}/oauth2/v2.0/token": "/oauth2/token",
    f"/{TENANT}/discovery/v2.0/keys": "/jwks",
}


def discovery(origin):
    """The members that Entra publishes at /<tenant>/v2.0/.well-known/openid-configuration."""
    tenant = f"{origin}/{TENANT}"
    return {
        "token_endpoint": f"{tenant}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
            "self_signed_tls_client_auth",
        ],
        "jwks_uri": f"{tenant}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{tenant}/v2.0",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{tenant}/oauth2/v2.0/logout",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "kerberos_endpoint": f"{tenant}/kerberos",
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }


class Entra:
    """The running provider. `sign_in` is what a user does there."""

    def __init__(self, origin):
        self.origin = origin
        self.issuer = f"{origin}/{TENANT}/v2.0"

    def sign_in(self, address, *, sub=None):
        """Consent as `sub`, or refuse. Returns the URL that the browser is redirected to."""
        answer = {"sub": sub} if sub else {"action": "deny"}
        return requests.post(address, data=answer, allow_redirects=False, timeout=5).headers["Location"]

    def has(self, sub, **claims):
        """Add a user with these claims in their ID token in addition to Entra's own."""
        body = {"tid": TENANT, "ver": "2.0", **claims}
        requests.put(f"{self.origin}/users/{sub}", json=body, timeout=5).raise_for_status()


@contextmanager
def entra(monkeypatch):
    """Run the provider during the block."""
    inner = oidc_provider_mock.app()

    def shaped(environ, start_response):
        origin = f"http://{environ['HTTP_HOST']}"
        path = environ["PATH_INFO"]
        if path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            start_response("200 OK", [("Content-Type", "application/json; charset=utf-8")])
            return [json.dumps(discovery(origin)).encode()]
        environ["PATH_INFO"] = PATHS.get(path, path)
        return inner(environ, start_response)

    plain = _app.OpenIDCode.get_jwt_config

    def issued_by_the_tenant(self, grant, client=None):
        config = plain(self, grant, client)
        return config | {"iss": f"{config['iss']}/{TENANT}/v2.0"}

    monkeypatch.setattr(_app.OpenIDCode, "get_jwt_config", issued_by_the_tenant)
    with _server._threaded_server(shaped, host="127.0.0.1") as server:
        yield Entra(f"http://127.0.0.1:{server.server_port}")


def make_provider(organization, entra, **more):
    wanted = ProviderSettings(name="Contoso", issuer=entra.issuer, client_id="hub", client_secret="s3cret", **more)
    return add_provider(organization, wanted, actor=COMMAND)


def leave(client, provider, **data):
    """The provider's URL that the portal redirects the browser to."""
    page = client.post(f"/sign-in/sso/{provider.pk}/", data)
    assert page.status_code == 200
    return address_at_provider(page)


def address_at_provider(page):
    """The URL on the page that leads the browser on to the provider."""
    [address] = [address for _, address in pages.read(page).links if address.startswith("http")]
    return address


def come_back(client, entra, address, sub):
    back = urlsplit(entra.sign_in(address, sub=sub))
    return client.get(f"{back.path}?{back.query}")


def go(client, provider, entra, sub, **data):
    return come_back(client, entra, leave(client, provider, **data), sub)


def connect(portal, provider, entra, sub="neo-sub"):
    return go(portal, provider, entra, sub, process="connect")
