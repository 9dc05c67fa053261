"""The administrators' private note about a user, which is not visible through SCIM."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.errors import InvalidSettingError
from controlhub.models import User, UserRemark

MAX_NOTE = 4_000


@transaction.atomic
def write_note(user: User, *, text: str, actor: Actor) -> bool:
    """Replace the note; "" removes it. Returns whether it changed. The audit log says who and when, but not what."""
    text = text.strip()
    if len(text) > MAX_NOTE:
        raise InvalidSettingError(
            _("A note can have at most {number} characters.").format(number=MAX_NOTE), field="note"
        )
    user = lock(user)
    require_covers(actor, user)
    remark = UserRemark.objects.filter(pk=user.pk).first()
    if text == (remark.note if remark else ""):
        return False
    values = {"organization_id": user.organization_id, "note": text, "noted_by": actor.label, "noted_at": Now()}
    UserRemark.objects.update_or_create(user_id=user.pk, defaults=values)
    content = EventContent(details={"note": "changed" if text else "removed"})
    record(AuditAction.USER_NOTED, target=audit_target(user), content=content, actor=actor)
    return True
