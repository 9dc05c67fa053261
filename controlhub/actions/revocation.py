"""Ending every access of a user at once (security.md §4)."""

from controlhub.models import User
from controlhub.statements import OvertakenError


def revoke_access(user: User) -> dict[str, int]:
    """Revoke a locked user's tokens and end their sessions, in the caller's transaction; how many of each.

    The lock comes first, so that a token that is just being made is seen.
    """
    if user.may_be_overtaken:
        raise OvertakenError
    tokens, sessions = User.objects.revoke(user)
    return {"tokens": tokens, "sessions": sessions}
