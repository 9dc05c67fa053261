"""End all access of a user at once."""

from django.db import transaction

from audit.actor import Actor
from controlhub.actions.sessions import end_sessions
from controlhub.actions.tokens import revoke_tokens
from controlhub.models import Account, User


@transaction.atomic
def revoke_access(user: User, *, actor: Actor) -> tuple[int, int]:
    """Revoke the personal tokens and end the sessions of a user, who stays Active. Returns the number of each."""
    tokens = revoke_tokens(user.organization, user=user, actor=actor)
    account = Account.objects.filter(user=user).select_related("user").first()
    return tokens, end_sessions(account, actor=actor) if account else 0
