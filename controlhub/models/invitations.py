"""Invitations: links that verify an address. They work once, within a week."""

from django.db import models
from django.db.models.functions import Now

from controlhub.models.ids import new_id
from controlhub.models.users import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def live(self) -> "InvitationQuerySet":
        return self.filter(expires_at__gt=Now())


class Invitation(models.Model):
    """One link, stored as a digest. A user has at most one. It is deleted when the user's access ends."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="invitation")
    digest = models.BinaryField(unique=True, max_length=32)
    address = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.TextField(default="")
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_by"], name="invitation_created_by")]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.address}"
