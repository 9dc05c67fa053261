"""Addresses typed on public pages, for which a job looks up the accounts."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.ids import new_id


class AddressUse(models.TextChoices):
    SIGN_IN_FAILED = "sign_in_failed", _("Wrong password")
    SIGN_IN_LOCKED = "sign_in_locked", _("Too many attempts")
    PASSWORD_RESET = "password_reset", _("Password reset requested")


class TypedAddress(models.Model):
    """A typed address that may not belong to an account (docs/decisions/0025).

    The request writes the same row whether or not an account has the address, and makes no look-up. `key` is the
    canonical form of the address; `source`, `user_agent` and `request_id` are those of the request.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    use = models.CharField(max_length=16, choices=AddressUse.choices)
    key = models.TextField()
    source = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")
    request_id = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.get_use_display()}, {self.created_at}"
