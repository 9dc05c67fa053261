"""Ending every access of a user at once (security.md §4)."""

from django.db.models.functions import Now

from controlhub.models import AccessToken, Session, User


def revoke_access(user: User) -> dict[str, int]:
    """Revoke the user's tokens and end their sessions, in the caller's transaction; how many of each."""
    tokens = AccessToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=Now())
    sessions, _ = Session.objects.filter(account__user=user).delete()
    return {"tokens": tokens, "sessions": sessions}
