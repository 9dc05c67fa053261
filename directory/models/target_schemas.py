"""The attributes that an application has listed in its `/Schemas`."""

from django.db import models

from directory.models.applications import Application


class TargetSchema(models.Model):
    """The attributes that were read last. Only `directory.engine` writes them.

    `offers` has the attributes by kind of object: lists of path, type and whether it is required. They are those of the
    application at `tenant_url`, read at `read_at`, which is None before the first time. `asked_at` is when a page
    requested a reading that no worker has begun, and `failed_at` is when the last reading failed.
    """

    application = models.OneToOneField(Application, models.CASCADE, primary_key=True, related_name="target_schema")
    tenant_url = models.TextField(default="")
    offers = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="target_schema_asked", condition=models.Q(asked_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.application_id}"
