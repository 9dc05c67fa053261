"""Which ID tokens are accepted (OpenID Connect Core §3.1.3.7)."""

import time
from types import SimpleNamespace

import jwt
import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from controlhub.portal.signin import oidc

ISSUER = "https://login.microsoftonline.com/tenant/v2.0"
OURS, THEIRS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
APP = SimpleNamespace(client_id="hub")


class Session:
    """Replaces the guarded session and returns the issuer's public keys."""

    keys = ()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass

    def get(self, url):
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: {"keys": list(self.keys)})


def public(key, kid):
    return jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {
        "kid": kid,
        "use": "sig",
        "alg": "RS256",
    }


@pytest.fixture
def adapter(monkeypatch):
    monkeypatch.setattr(oidc.outbound, "open_session", Session)
    monkeypatch.setattr(Session, "keys", (public(OURS, "one"), public(THEIRS, "two")))
    made = oidc.Adapter.__new__(oidc.Adapter)
    made._openid_config = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    made.nonce = "n"
    return made


def token(key=OURS, kid="one", algorithm="RS256", **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "hub", "exp": now + 300, "iat": now, "sub": "s", "nonce": "n"} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


def test_valid_token_is_accepted(adapter):
    assert adapter.verified(APP, token())["sub"] == "s"
    assert adapter.verified(APP, token(aud=["hub", "other"], azp="hub"))["sub"] == "s"


PEM = OURS.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["hub", "other"], "azp": "other"},
        {"exp": 1},
        {"iat": int(time.time()) + 3_600},
        {"nonce": "another"},
        *({name: None} for name in ("iss", "aud", "exp", "iat", "sub", "nonce")),
        *({"sub": sub} for sub in ("", "a\0b", "\0", "a\nb", "a\x7fb", "a\u202eb", "é", "x" * 192, 7, ["s"], True)),
        *({name: value} for name in ("exp", "iat") for value in (float("inf"), "\0", [], {})),
        {"iat": 10**400},
        *({name: "a\0b"} for name in ("iss", "aud", "azp", "nonce")),
        {"kid": "a\0b"},
        {"key": THEIRS},
        {"kid": "three"},
        {"key": "", "algorithm": "none"},
        {"key": b"x" * 64, "algorithm": "HS256"},
    ],
)
def test_invalid_token_is_rejected(adapter, changes):
    with pytest.raises(OAuth2Error):
        adapter.verified(APP, token(**changes))


def test_public_key_is_not_accepted_as_a_shared_secret(adapter):
    """A known attack: the token is signed by HMAC with the public key."""
    import base64
    import hashlib
    import hmac
    import json

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "kid": "one", "typ": "JWT"}).encode())
    body = token().split(".")[1].encode()
    forged = b".".join([head, body, part(hmac.new(PEM, head + b"." + body, hashlib.sha256).digest())]).decode()
    with pytest.raises(OAuth2Error):
        adapter.verified(APP, forged)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é"])
def test_malformed_token_is_rejected(adapter, text):
    with pytest.raises(OAuth2Error):
        adapter.verified(APP, text)
