"""Outgoing mail: written in the transaction of the change that it reports, sent by a job, and never lost."""

from django.db import models
from django.db.models.functions import Now

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization


class OutgoingMail(models.Model):
    """One message to one address. Its body is deleted once it has been sent.

    It is due at `try_at`, None once it was sent or given up. While it is being sent, `try_at` is the end of the lease,
    and `tries` distinguishes this claim from the next one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    address = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    try_at = models.DateTimeField(db_default=Now(), null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["try_at"], name="mail_to_send", condition=models.Q(try_at__isnull=False)),
            models.Index(
                fields=["organization"], name="mail_failed", condition=models.Q(sent_at=None) & ~models.Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
