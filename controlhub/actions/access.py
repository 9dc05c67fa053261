"""Signing a user out everywhere."""

from django.db import transaction

from audit.actor import Actor
from controlhub.actions.sessions import end_sessions
from controlhub.actions.tokens import revoke_tokens
from controlhub.models import Account, User


@transaction.atomic
def sign_out_user(user: User, *, actor: Actor) -> tuple[int, int]:
    """End the sessions of a user and revoke their personal tokens. The user stays Active.

    Returns the number of tokens and the number of sessions.
    """
    tokens = revoke_tokens(user.organization, user=user, actor=actor)
    account = Account.objects.filter(user=user).select_related("user").first()
    return tokens, end_sessions(account, actor=actor) if account else 0
