"""SIGNING_KEY, from which the keys of receipts and of checkpoints of the audit log are derived.

It may hold several secrets, separated by blanks: the first one signs, what the others signed stays valid.
"""

from functools import cache

from django.conf import settings

from controlhub.env import secret


@cache
def signing_secrets() -> tuple[str, ...]:
    """The secrets, the one that signs first."""
    return tuple(secret("SIGNING_KEY", settings.VAR_DIR / "secrets" / "signing_key").split())
