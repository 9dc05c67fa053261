"""A passkey without a browser: the data that an authenticator signs (WebAuthn §6)."""

import base64
import hashlib
import json
import os
import struct

from allauth.account.utils import user_pk_to_url_str
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """One key of one person for the portal's host."""

    def __init__(self, host="localhost", origin="http://localhost:8000"):
        self.host, self.origin = host, origin
        self.private, self.id, self.uses = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), 0

    def _data(self, flags, attested=b""):
        self.uses += 1
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.uses) + attested

    def _client(self, kind, options):
        told = {
            "type": kind,
            "challenge": options["publicKey"]["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(told).encode()

    def _answer(self, extensions, **response):
        answer = {name: value if name == "userHandle" else b64(value) for name, value in response.items()}
        found = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "clientExtensionResults": extensions}
        return json.dumps(found | {"response": answer})

    def register(self, options, *, signs_alone=True):
        public = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        attested = b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + public
        flags = PRESENT | ATTESTED | (VERIFIED if signs_alone else 0)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self._data(flags, attested)})
        client = self._client("webauthn.create", options)
        extensions = {"credProps": {"rk": signs_alone}}
        return self._answer(extensions, clientDataJSON=client, attestationObject=attestation)

    def sign(self, options, *, account=None, is_verified=True):
        client = self._client("webauthn.get", options)
        data = self._data(PRESENT | (VERIFIED if is_verified else 0))
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        handle = b64(user_pk_to_url_str(account).encode()) if account else None
        return self._answer({}, clientDataJSON=client, authenticatorData=data, signature=signed, userHandle=handle)
