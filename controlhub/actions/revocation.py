"""Ending every access of a user at once (security.md §4)."""

from controlhub.models import User


def revoke_access(user: User) -> dict[str, int]:
    """Revoke the user's tokens and end their sessions, in the caller's transaction; how many of each."""
    tokens, sessions = User.objects.revoke(user)
    return {"tokens": tokens, "sessions": sessions}
