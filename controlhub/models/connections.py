"""Connections: the systems that act for an organization, each with its tokens or its client credentials."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from controlhub.models.clients import Client
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization


class Connection(models.Model):
    """An identity provider or another system. Its id is its OAuth client id. Only a digest of the secret is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="connections")
    name = models.CharField(max_length=200)
    scopes = ArrayField(models.CharField(max_length=32))
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.TextField(default="")
    client_digest = models.BinaryField(max_length=32, null=True)
    client_prefix = models.CharField(max_length=16, default="")
    client_since = models.DateTimeField(null=True)
    client = models.CharField(max_length=16, choices=Client.choices, default=Client.GENERIC, db_default=Client.GENERIC)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.TextField(default="", db_default="")

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
