"""Enterprise applications: the SCIM services that the directory provisions people and groups to."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models import Organization
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.security import vault
from directory.models.groups import Group
from directory.models.people import Person

SHOWN, SHOWN_FROM = 4, 16
"""How many characters at the end of a token are shown, and from which length of the token on."""


class ProvisioningScope(models.TextChoices):
    """Which people and groups are provisioned, in Entra's terms."""

    ASSIGNED = "assigned", _("Sync only assigned users and groups")
    ALL = "all", _("Sync all users and groups")


class Application(models.Model):
    """One SCIM service, with what is provisioned to it and how.

    `template` is the key of an entry of the gallery. `user_mappings` and `group_mappings` are attribute mappings,
    `user_filters` and `group_filters` scoping filters, in the forms of `directory.provisioning`. `quirks` overrides
    those of the template. `interval` is in minutes. `configured` counts changes after which every object has to be
    processed again, such as those of the mappings, the filters, the scope and the URL. The results of cycles are
    elsewhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="applications")
    name = models.CharField(max_length=200)
    template = models.CharField(max_length=64)

    tenant_url = models.TextField(default="")
    sealed_secret = models.TextField(default="")
    secret_ending = models.CharField(max_length=8, default="")
    """The last characters of the token, so that people can tell which one is stored."""
    secret_since = models.DateTimeField(null=True)
    secret_by = models.TextField(default="")

    is_automatic = models.BooleanField(default=False)
    is_on = models.BooleanField(default=False)
    scope = models.CharField(max_length=16, choices=ProvisioningScope.choices, default=ProvisioningScope.ASSIGNED)
    includes_nested = models.BooleanField(default=True)
    """Whether members of the groups in an assigned group count as assigned. In Entra, they do not."""
    provisions_users = models.BooleanField(default=True)
    provisions_groups = models.BooleanField(default=True)
    user_mappings = models.JSONField(default=list)
    group_mappings = models.JSONField(default=list)
    user_filters = models.JSONField(default=list)
    group_filters = models.JSONField(default=list)
    creates = models.BooleanField(default=True)
    updates = models.BooleanField(default=True)
    deletes = models.BooleanField(default=True)
    quirks = models.JSONField(default=dict)
    interval = models.PositiveIntegerField(default=40)

    notification_email = models.TextField(default="")
    notifies = models.BooleanField(default=False)
    guards_deletions = models.BooleanField(default=True)
    deletion_threshold = models.PositiveIntegerField(default=500)
    """A cycle that would disable or delete more objects waits for a decision."""

    configured = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.TextField(default="")
    modified_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="application_name"),
            models.CheckConstraint(condition=Q(interval__gte=1), name="application_interval"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The decrypted token, only for requests to the application; "" if there is none."""
        return vault.unseal(self.sealed_secret, place=self._place) if self.sealed_secret else ""

    def keep_secret(self, text: str) -> None:
        """Encrypt the token; it can be decrypted only in this row and for this URL."""
        self.sealed_secret = vault.seal(text, place=self._place) if text else ""
        self.secret_ending = text[-SHOWN:] if len(text) >= SHOWN_FROM else ""

    @property
    def _place(self) -> str:
        pk: UUID = self.pk
        return f"directory_application:{pk}:{self.organization_id}:{self.tenant_url}"


class Assignment(models.Model):
    """A person or a group assigned to an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="assignments", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="assignments", null=True, db_index=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="assignments", null=True, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, group__isnull=True) | Q(person__isnull=True, group__isnull=False),
                name="assignment_one_principal",
            ),
            models.UniqueConstraint(fields=["application", "person"], name="assignment_person"),
            models.UniqueConstraint(
                fields=["application", "group"], name="assignment_group", condition=Q(group__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "application"], name="assignment_of_person", condition=Q(person__isnull=False)
            ),
            models.Index(fields=["group", "application"], name="assignment_of_group", condition=Q(group__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.group_id} in {self.application_id}"
