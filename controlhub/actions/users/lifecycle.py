"""Deactivate, reactivate, delete, restore: the transitions of architecture.md §3."""

from django.db import transaction

from audit.actor import Actor
from controlhub.actions.users.write import update_user
from controlhub.models import User


@transaction.atomic
def deactivate_user(user: User, *, actor: Actor) -> User:
    """Inactive: signed out everywhere, kept for the organization's retention."""
    user = lock(user)
    return update_user(user, document={**user.document, "active": False}, actor=actor)


@transaction.atomic
def reactivate_user(user: User, *, actor: Actor) -> User:
    """Active again; a deleted user gets the original userName back, or NameTakenError."""
    user = lock(user)
    return update_user(user, document={**user.document, "active": True}, actor=actor)


restore_user = reactivate_user


@transaction.atomic
def delete_user(user: User, *, actor: Actor) -> User:
    """Inactive under a tombstone name, so that the userName is free; recoverable until the purge."""
    user = lock(user)
    if user.is_tombstoned:
        return user
    tombstone = f"{user.id.hex}{user.user_name}"
    return update_user(user, document={**user.document, "userName": tombstone, "active": False}, actor=actor)


def lock(user: User) -> User:
    """The user as it stands now, its row locked."""
    return User.objects.locked().select_related("organization").get(pk=user.pk)
