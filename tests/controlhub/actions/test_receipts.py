import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

from controlhub.actions import receipts
from controlhub.actions.receipts import make_receipt, public_jwk, read_receipt
from controlhub.models import Cause, Organization, PurgedUser

ORGANIZATION = Organization(id=UUID(int=1), name="Zion “Ü”")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PURGED = PurgedUser(
    id=UUID(int=2), created_at=MOMENT, inactive_since=None, purged_at=MOMENT, cause=Cause.SCIM, tokens_revoked=3
)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 renamed it to Ed25519, which few tools know yet
def test_another_library_verifies_a_receipt():
    found = jws.deserialize_compact(make_receipt(ORGANIZATION, PURGED), OKPKey.import_key(public_jwk()), ["EdDSA"])
    document = json.loads(found.payload)
    assert document["organization"] == {"id": str(UUID(int=1)), "name": "Zion “Ü”"}
    assert document["removed"] == "2026-01-02T03:04:05.000+00:00"
    assert document["revoked"] == {"accessTokens": 3, "sessions": 0, "groupMemberships": 0}


def test_header_names_the_key():
    header = jwt.get_unverified_header(make_receipt(ORGANIZATION, PURGED))
    assert header["jwk"] == public_jwk()
    assert header["kid"] == OKPKey.import_key(public_jwk()).thumbprint()


def test_receipt_can_be_read_back():
    receipt = read_receipt(make_receipt(ORGANIZATION, PURGED) + "\n")
    assert receipt is not None
    assert receipt["user"] == str(UUID(int=2))


def test_receipt_signed_with_the_key_in_its_own_header_is_not_genuine():
    key = Ed25519PrivateKey.generate()
    jwk = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    assert read_receipt(jwt.PyJWS().encode(b"{}", key, algorithm="EdDSA", headers={"jwk": jwk})) is None


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "a.b.c", '{"receipt": 1, "signature": "é"}', "{" * 100_000])
def test_other_text_is_not_a_genuine_receipt(text):
    assert read_receipt(text) is None


def test_unsigned_receipt_is_not_genuine():
    assert read_receipt(jwt.PyJWS().encode(b"{}", None, algorithm="none")) is None


def test_earlier_receipt_is_still_genuine():
    """As issued by `make_receipt` before receipts were JWS."""
    receipt = {"user": str(UUID(int=2)), "organization": {"name": "Zion “Ü”"}, "removed": None}
    signed = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signature = base64.b64encode(receipts._key().sign(signed)).decode()
    document = {"receipt": receipt, "signature": signature, "publicKey": receipts.public_key()}
    assert read_receipt(json.dumps(document, indent=2)) == receipt
    assert read_receipt(json.dumps(document | {"receipt": receipt | {"removed": "2020-01-01"}})) is None
