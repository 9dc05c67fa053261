"""Portal administrators and their roles. One full administrator always remains."""

import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.factors import remove_factors
from controlhub.actions.roles import require_another_full_admin, require_covers, require_may_give
from controlhub.actions.tokens import PERSONAL_SCOPES, revoke_token, revoke_tokens
from controlhub.actions.users.create import create_user
from controlhub.actions.users.target import audit_target
from controlhub.errors import AddressTakenError, InvalidSettingError
from controlhub.models import Account, Invitation, Organization, Role, Source, User
from controlhub.text.names import require_name


@transaction.atomic
def create_admin(organization: Organization, *, address: str, role: Role, actor: Actor) -> tuple[Account, str]:
    """Create an administrator with this sign-in address and a new password, which is returned only here.

    An existing administrator gets the role and a new password. All their sessions end, and second factors are removed.
    This restores access for someone who has lost all credentials.
    """
    key = require_name(address, "address")
    password = secrets.token_urlsafe(18)
    account = Account.objects.select_for_update(of=("self",)).select_related("user").filter(sign_in_key=key).first()
    if account is None:
        document = {
            "userName": address,
            "displayName": "Administrator",
            "emails": [{"value": address, "primary": True}],
        }
        user = User.objects.in_organization(organization).filter(user_name_key=key).first() or create_user(
            organization, document=document, source=Source.COMMAND, actor=actor
        )
        Account.objects.filter(user=user, by_group=True).delete()
        account = Account(user=user, sign_in_address=address, sign_in_key=key)
    elif account.user.organization_id != organization.pk:
        raise AddressTakenError(field="address")
    before = {"role": account.role} if account.pk and account.role != role else {}
    account.role = role
    account.set_password(password)
    _save(account)
    User.objects.filter(pk=account.user_id).update(portal_role=role, verified=True)
    Invitation.objects.filter(user=account.user_id).delete()
    account.sessions.all().delete()
    remove_factors(account, actor=actor)
    _revoke_beyond(account.user, role, actor)
    content = EventContent(before=before, after={"role": account.role})
    record(AuditAction.ROLE_ASSIGNED, target=audit_target(account.user), content=content, actor=actor)
    return account, password


@transaction.atomic
def assign_role(account: Account, *, role: Role | None, actor: Actor) -> None:
    """Give an administrator another role. With None, remove administrator access and sign them out everywhere.

    RoleTooHighError unless the actor's role covers both the old role and the new one; LastFullAdminError.
    """
    accounts = Account.objects.select_for_update(of=("self",)).select_related("user__organization")
    account = accounts.get(pk=account.pk)
    if account.by_group:
        raise InvalidSettingError(_("This role comes from a group. Change the group or its role instead."))
    before = Role(account.role)
    if role == before:
        return
    require_may_give(actor, before, role, target=audit_target(account.user))
    require_covers(actor, account.user)
    if before is Role.FULL_ADMIN:
        require_another_full_admin(account.user)
    User.objects.filter(pk=account.user_id).update(portal_role=role or "")
    if role is None:
        account.delete()  # this deletes its sessions, too
        revoke_tokens(account.user.organization, user=account.user, actor=actor)
    else:
        account.role = role
        account.save(update_fields=["role"])
        _revoke_beyond(account.user, role, actor)
    content = EventContent(before={"role": before}, after={"role": role} if role else {})
    event = AuditAction.ROLE_ASSIGNED if role else AuditAction.ROLE_REMOVED
    record(event, target=audit_target(account.user), content=content, actor=actor)


def _revoke_beyond(user: User, role: Role, actor: Actor) -> None:
    """Revoke personal tokens with more permissions than the role."""
    for token in user.tokens.filter(revoked_at__isnull=True):
        if not PERSONAL_SCOPES[role].issuperset(token.scopes):
            revoke_token(token, actor=actor)


def _save(account: Account) -> None:
    try:
        account.save()
    except IntegrityError as error:
        raise AddressTakenError(field="address") from error


@transaction.atomic
def set_theme(account: Account, *, theme: str) -> None:
    """Store this person's theme, without an audit event."""
    account.theme = theme
    account.save(update_fields=["theme"])


@transaction.atomic
def set_user_list(account: Account, *, layout: dict[str, Any]) -> None:
    """Store this person's layout of the user list, without an audit event."""
    account.user_list = layout
    account.save(update_fields=["user_list"])


@transaction.atomic
def set_language(account: Account, *, language: str) -> None:
    """Set the language of this person's pages and mail; "" uses the browser's."""
    account.language = language
    account.save(update_fields=["language"])


@transaction.atomic
def set_time_zone(account: Account, *, time_zone: str) -> None:
    """Set the time zone of this person's pages, an IANA name; "" uses the browser's."""
    account.time_zone = time_zone
    account.save(update_fields=["time_zone"])
