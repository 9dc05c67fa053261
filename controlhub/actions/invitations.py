"""People added manually, and invitations: people verify their address, and administrators choose a password."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.mail import mail_language, written
from controlhub.actions.roles import require_covers, require_may_give
from controlhub.actions.users import create_user
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.errors import AddressTakenError, InvalidInvitationError, InvalidSettingError
from controlhub.models import Account, Invitation, Organization, Role, Source, User
from controlhub.public_urls import invitation_url
from controlhub.security.token_secrets import make_secret, token_digest
from controlhub.text.names import require_name

LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is added manually."""

    address: str
    given_name: str = ""
    family_name: str = ""
    title: str = ""

    def to_document(self) -> dict[str, Any]:
        name = {"givenName": self.given_name, "familyName": self.family_name}
        document = {
            "userName": self.address,
            "emails": [{"value": self.address, "type": "work", "primary": True}],
            "displayName": f"{self.given_name} {self.family_name}".strip() or self.address,
            "name": {key: text for key, text in name.items() if text},
            "title": self.title,
        }
        return {key: value for key, value in document.items() if value}


@transaction.atomic
def add_user(
    organization: Organization, person: Person, *, role: Role | None, is_invited: bool = True, actor: Actor
) -> tuple[User, str]:
    """Add a person who is not in a directory: Not verified until they accept the mailed invitation.

    With `role`, the person becomes an administrator and chooses a password when accepting it. Returns the user and the
    secret of the invitation link, "" if there is none. RoleTooHighError, NameTakenError, AddressTakenError.
    """
    require_may_give(actor, role, target=Target(organization.pk, TargetType.USER, "", person.address))
    user = create_user(organization, document=person.to_document(), source=Source.PORTAL, actor=actor)
    User.objects.filter(pk=user.pk).update(verified=False, portal_role=role or "")
    if role:
        make_account(user, person.address, role, actor)
    secret = invite_user(user, actor=actor) if is_invited else ""
    return User.objects.get(pk=user.pk), secret


def make_account(user: User, address: str, role: Role, actor: Actor) -> Account:
    """Create an account without a password: it cannot be used before the invitation is accepted. AddressTakenError."""
    key = require_name(address, "address")
    if Account.objects.filter(sign_in_key=key).exists():
        raise AddressTakenError(field="address")
    account = Account(user=user, sign_in_address=address, sign_in_key=key, role=role)
    account.set_unusable_password()
    account.save()
    record(
        AuditAction.ROLE_ASSIGNED, target=audit_target(user), content=EventContent(after={"role": role}), actor=actor
    )
    return account


@transaction.atomic
def invite_user(user: User, *, actor: Actor) -> str:
    """Mail the user a link that is valid for a week. An earlier link becomes invalid. Returns the secret of the link.

    An administrator's link is only sent to the sign-in address, which no directory can write.
    """
    user = lock(user)
    require_covers(actor, user)
    address = address_of(user)
    if not user.active or user.verified:
        raise InvalidSettingError(_("This user is already verified and cannot be invited."))
    secret = mail_invitation(user, address, actor=actor)
    record(
        AuditAction.USER_INVITED,
        target=audit_target(user),
        content=EventContent(details={"address": address}),
        actor=actor,
    )
    return secret


def mail_invitation(user: User, address: str, *, actor: Actor) -> str:
    """Create a new link, which replaces an earlier one. Returns its secret."""
    secret = make_secret()
    Invitation.objects.filter(user=user).delete()
    Invitation.objects.create(
        user=user, digest=token_digest(secret), address=address, created_by=actor.label, expires_at=Now() + LIFETIME
    )
    context = {
        "user": user,
        "organization": user.organization,
        "address": invitation_url(secret),
        "days": LIFETIME.days,
    }
    written(
        user.organization,
        address,
        language=mail_language(user),
        subject=lambda: _("You are invited to {organization}").format(organization=user.organization.name),
        template="mail/invitation.txt",
        context=context,
    ).save(force_insert=True)
    return secret


def find_invitation(secret: str) -> Invitation:
    """Returns the invitation with this secret. InvalidInvitationError if it does not exist or has expired."""
    invitations = Invitation.objects.live().select_related("user__organization")
    found = invitations.filter(digest=token_digest(secret), user__active=True).first()
    if found is None:
        raise InvalidInvitationError
    return found


@transaction.atomic
def accept_invitation(secret: str, *, password: str | None, visitor: Actor) -> Account | None:
    """Verify the user. For an administrator, set this password and return the account. Works once.

    `visitor` is the actor of the request; the invitation identifies the person. InvalidInvitationError; ValidationError
    if the password is too weak.
    """
    user = lock(find_invitation(secret).user)
    invitation = find_invitation(secret)  # again: another request may have been faster
    account = Account.objects.filter(user=user, by_group=False).select_related("user__organization").first()
    if account:
        if password is None:
            raise ValidationError(_("Choose a password."))
        validate_password(password, account)
        account.set_password(password)
        account.save(update_fields=["password"])
    User.objects.filter(pk=user.pk).update(verified=True)
    invitation.delete()
    actor = visitor._replace(id=str(user.pk), label=invitation.address, role=account.role if account else "")
    record(AuditAction.USER_VERIFIED, target=audit_target(user), content=EventContent(), actor=actor)
    return account


def sweep_invitations() -> int:
    """Delete expired invitations, which are refused as soon as they expire. Returns the number of invitations."""
    return Invitation.objects.filter(expires_at__lte=Now()).delete()[0]


def address_of(user: User) -> str:
    """Returns the address for the user's invitation. InvalidSettingError if there is no valid address."""
    if account := Account.objects.filter(user=user, by_group=False).first():
        return account.sign_in_address
    emails = [email["value"] for email in user.document.get("emails", []) if email.get("value")]
    if not emails:
        raise InvalidSettingError(_("This user has no email address. Add one to the profile first."))
    try:
        validate_email(emails[0])
    except ValidationError:
        raise InvalidSettingError(_("{address} is not a valid email address.").format(address=emails[0])) from None
    return str(emails[0])
