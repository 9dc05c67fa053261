"""SIGNING_KEY, from which the keys of receipts and of checkpoints of the audit log are derived.

It can contain several secrets, separated by spaces: the first one signs, and signatures of the others stay valid.
"""

from functools import cache

from django.conf import settings

from controlhub.env import secret


@cache
def signing_secrets() -> tuple[str, ...]:
    """Returns the secrets. The first one signs."""
    return tuple(secret("SIGNING_KEY", settings.VAR_DIR / "secrets" / "signing_key").split())
