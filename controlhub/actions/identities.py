"""Finds the account for an identity of an organization's provider, never by e-mail address (decision 0019)."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from audit.actor import SYSTEM, Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import role_by_group
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.errors import IdentityTakenError, InvalidSettingError
from controlhub.models import Account, IdentityProvider, RoleMapping, User
from controlhub.text.names import is_invisible

MAX_CLAIM = 512


@transaction.atomic
def link_identity(account: Account, provider: IdentityProvider, *, subject: str, actor: Actor) -> SocialAccount:
    """Connect the provider's `subject` to this account, whose owner requested it.

    IdentityTakenError; InvalidSettingError for a provider of another organization or an administrator by a group.
    """
    if account.user.organization_id != provider.organization_id or account.by_group:
        raise InvalidSettingError(_("This account is not connected to that provider."))
    values = {"user": account, "provider": str(provider.pk), "uid": subject}
    if own := SocialAccount.objects.filter(**values).first():
        return own
    try:
        with transaction.atomic():
            linked = SocialAccount.objects.create(**values)
    except IntegrityError:
        raise IdentityTakenError from None
    content = EventContent(after={"provider": provider.name, "subject": subject})
    record(AuditAction.IDENTITY_LINKED, target=audit_target(account.user), content=content, actor=actor)
    return linked


@transaction.atomic
def unlink_identity(account: Account, linked: SocialAccount, *, actor: Actor) -> None:
    """Disconnect an identity. InvalidSettingError if no sign-in method would remain."""
    account = Account.objects.select_for_update(of=("self",)).select_related("user__organization").get(pk=account.pk)
    others = SocialAccount.objects.filter(user=account).exclude(pk=linked.pk)
    if not account.has_usable_password() and not others.exists():
        raise InvalidSettingError(_("This is your only sign-in method. Set up another one first."))
    provider = IdentityProvider.objects.filter(pk=linked.provider).first()
    content = EventContent(before={"provider": provider.name if provider else linked.provider, "subject": linked.uid})
    SocialAccount.objects.filter(pk=linked.pk, user=account).delete()
    record(AuditAction.IDENTITY_UNLINKED, target=audit_target(account.user), content=content, actor=actor)


@transaction.atomic
def account_by_group(provider: IdentityProvider, claims: Mapping[str, Any]) -> Account | None:
    """Returns the account of the one Active user of a mapped group whose `externalId` equals the provider's claim.

    The account is created at the first sign-in. Users with a role of their own are not found: they connect the identity
    themselves.
    """
    value = claims.get(provider.match_claim) if provider.match_claim else None
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CLAIM or any(map(is_invisible, value)):
        return None
    users = User.objects.in_organization(provider.organization).filter(active=True, hidden=False, external_id=value)
    found = list(users.filter(Exists(RoleMapping.objects.filter(group__memberships__user=OuterRef("pk"))))[:2])
    if len(found) != 1:
        return None
    user = lock(found[0])
    role = role_by_group(user)
    if role is None or user.portal_role or not user.active or user.external_id != value:
        return None
    account = Account.objects.filter(user=user).first()
    if account is None:
        account = Account(user=user, sign_in_key=f"by-group:{user.pk}", by_group=True)
        account.set_unusable_password()
    if not account.by_group:
        return None
    before, is_new = account.role, account.pk is None
    account.role, account.sign_in_address = role, user.user_name
    account.save()
    if is_new or before != role:
        content = EventContent(before={"role": before} if before else {}, after={"role": role}, reason="By a group.")
        record(AuditAction.ROLE_ASSIGNED, target=audit_target(user), content=content, actor=SYSTEM)
    return account
