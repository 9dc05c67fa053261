"""Users: one SCIM document each, and columns for frequently queried attributes."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models import retention
from controlhub.models.connections import Connection
from controlhub.models.documents import DocumentField, DocumentQuerySet
from controlhub.models.expressions import (
    DOMAIN,
    HAS_NUMBERS,
    NEW_MOMENTS,
    NUMBERS,
    PARTS_OF_NAMES,
    SHOWN_NAME_KEY,
    sort_key,
)
from controlhub.models.ids import NextOrdinal, new_id
from controlhub.models.organizations import Organization
from controlhub.models.roles import Role
from controlhub.text.readable import plain

NOT_DELETED = Q(active=True) | Q(original_user_name=None)
IS_INACTIVE = Q(active=False, original_user_name=None)
"""Inactive, but not deleted."""
IS_DELETED = Q(active=False, original_user_name__isnull=False)
USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    NOT_VERIFIED = "not_verified", _("Not verified")
    INACTIVE = "inactive", _("Inactive")
    DELETED = "deleted", _("Deleted")


class Source(models.TextChoices):
    SCIM = "scim", "SCIM"
    PORTAL = "portal", _("Added manually")
    COMMAND = "command", _("Command line")
    IMPORT = "import", _("Imported")


class UserQuerySet(DocumentQuerySet["User"]):
    def locked(self) -> "UserQuerySet":
        """Returns the users with their rows locked. `locked_at` is the time of the query by the database's clock."""
        return self.select_for_update(of=("self",)).annotate(locked_at=Now())  # type: ignore[no-redef]

    def active(self) -> "UserQuerySet":
        return self.filter(active=True)

    def with_status(self, status: Status) -> "UserQuerySet":
        if status in {Status.ACTIVE, Status.NOT_VERIFIED}:
            return self.active().filter(verified=status is Status.ACTIVE)
        return self.filter(active=False, original_user_name__isnull=status is Status.INACTIVE)

    def listed(self) -> "UserQuerySet":
        """Users who are not deleted. SCIM hides only deleted users."""
        return self.filter(NOT_DELETED, hidden=False)

    def deleted(self) -> "UserQuerySet":
        return self.filter(IS_DELETED)

    def sharing_external_id(self, user: "User") -> "UserQuerySet":
        """Other users of the organization with the same externalId. Empty for a user that SCIM hides."""
        if not user.external_id or user.hidden:
            return self.none()
        others = self.filter(organization=user.organization_id, external_id=user.external_id, hidden=False)
        return others.exclude(pk=user.pk)

    def due_for_purge(self, at: models.Expression) -> "UserQuerySet":
        """Inactive users whose retention period ends at or before `at`, and that no rule keeps."""
        return self.filter(retention.is_due(at))

    def without_hold(self) -> "UserQuerySet":
        """Users who are not under a legal hold, and whose organization is not under one."""
        return self.exclude(retention.is_held())

    def awaiting_review(self) -> "UserQuerySet":
        """Users who became Inactive in a burst that no administrator has reviewed yet."""
        return self.filter(active=False, reviewed=False)


class User(models.Model):
    """A person or service account of an organization.

    `document` is the SCIM representation without `id`, `meta`, `groups` and `password`. The columns mirror it and are
    written by the same actions. `numbers` are the entries of the index on phone and employee numbers. `hidden` users
    were deleted through SCIM, which no longer shows them; `kept_groups` are the groups that they rejoin when restored.
    The rules in `retention.py` read `deactivated_at`, `extended_until`, `hold_reason` and `reviewed`. Users added
    manually are not `verified` before they accept the invitation. `portal_role` is the role of the user's account, or
    ""; it saves a query for every change of an ordinary user. `original_user_name` is set while the user has a
    tombstone name. `access_version` counts the tokens, sessions and invitations that were created for the user (by
    triggers, docs/database.md), so that a statement that ends all of them notices a new one. `connection` owns the user
    (docs/decisions/0032); it may have been deleted. `reassigned_at` is when the account last became Active with another
    `external_id`, perhaps for another person (docs/decisions/0033).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="users", db_index=False)
    document = DocumentField()
    user_name = models.TextField()
    user_name_key = models.TextField(db_collation="C")
    external_id = models.TextField(null=True)  # noqa: DJ001 — absent is not the empty string
    emails = ArrayField(models.TextField(), default=list)
    numbers = ArrayField(models.TextField(), default=list, db_default=[])
    display_name = models.TextField(default="")
    given_name = models.TextField(default="")
    family_name = models.TextField(default="")
    active = models.BooleanField(default=True)
    portal_role = models.CharField(max_length=32, default="")
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.SCIM)
    source_label = models.TextField(default="")
    # Without a constraint: no user of a connection waits for a change of the connection, or is rewritten when it is
    # deleted.
    connection = models.ForeignKey(
        Connection, models.DO_NOTHING, null=True, related_name="users", db_index=False, db_constraint=False
    )

    ordinal = models.BigIntegerField(db_default=NextOrdinal(), editable=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())
    deactivated_at = models.DateTimeField(null=True)
    original_user_name = models.TextField(null=True)  # noqa: DJ001
    deactivated_by = models.TextField(db_default="")
    deactivated_by_kind = models.CharField(max_length=16, db_default="")
    hold_reason = models.TextField(db_default="")
    extended_until = models.DateTimeField(null=True)
    reviewed = models.BooleanField(db_default=True)
    hidden = models.BooleanField(db_default=False)
    verified = models.BooleanField(db_default=True)
    kept_groups = ArrayField(models.UUIDField(), db_default=[])
    access_version = models.IntegerField(db_default=0, editable=False)
    reassigned_at = models.DateTimeField(null=True)
    moments = models.TextField(db_default=NEW_MOMENTS)
    document_size = models.IntegerField()

    RARELY_READ: ClassVar = (
        "deactivated_by", "deactivated_by_kind", "extended_until", "kept_groups", "numbers", "reassigned_at", "source",
        "source_label", "verified",
    )  # fmt: skip
    """Columns that an ordinary change does not read (controlhub.sql.changing.read_row)."""
    locked_at: datetime  # only after `locked()` and `read_row()`
    may_be_overtaken = False
    has_left_groups = False  # whether the current change ended every membership

    objects = UserQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user_name_key"], name="user_name_unique"),
            models.CheckConstraint(
                condition=Q(active=True, deactivated_at=None) | Q(active=False, deactivated_at__isnull=False),
                name="user_inactive_since",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "ordinal"], name="user_page", condition=Q(hidden=False)),
            models.Index(
                fields=["organization", "created_at", "ordinal"], name="user_created_order", condition=Q(hidden=False)
            ),
            models.Index(
                fields=["organization", "external_id"], name="user_external_id", condition=Q(external_id__isnull=False)
            ),
            models.Index(fields=["organization", "deactivated_at"], name="user_retention", condition=Q(active=False)),
            models.Index(fields=["organization"], name="user_to_review", condition=Q(reviewed=False)),
            models.Index(
                fields=["organization", "connection", "external_id"],
                name="user_revival",
                condition=Q(active=False, original_user_name=None, external_id__isnull=False),
            ),
            *(
                models.Index("organization", sort_key(column), "ordinal", name=name, condition=Q(hidden=False))
                for name, column in (
                    ("user_display_name_order", "display_name"),
                    ("user_family_name_order", "family_name"),
                    ("user_given_name_order", "given_name"),
                )
            ),
            models.Index(
                "organization", SHOWN_NAME_KEY, "ordinal", name="user_shown_name_order", condition=NOT_DELETED
            ),
            models.Index("organization", SHOWN_NAME_KEY, "ordinal", name="user_inactive_name", condition=IS_INACTIVE),
            models.Index("organization", SHOWN_NAME_KEY, "ordinal", name="user_deleted_name", condition=IS_DELETED),
            models.Index(
                fields=["organization", "user_name_key", "ordinal"], name="user_address_order", condition=NOT_DELETED
            ),
            models.Index(DOMAIN, "organization", name="user_domain"),
            models.Index(fields=["connection", "organization"], name="user_connection"),
            models.Index(
                fields=["organization", "deactivated_at", "ordinal"],
                name="user_deleted",
                condition=IS_DELETED,
                include=["hidden"],
            ),
            models.Index(
                fields=["organization", "deactivated_at", "ordinal"],
                name="user_inactive",
                condition=IS_INACTIVE,
            ),
            models.Index(fields=["organization"], name="user_not_verified", condition=Q(verified=False)),
            models.Index(fields=["organization", "portal_role"], name="user_with_role", condition=~Q(portal_role="")),
            GinIndex(fields=["emails"], gin_pending_list_limit=64, name="user_emails"),
            GinIndex(NUMBERS, gin_pending_list_limit=256, name="user_numbers", condition=Q(HAS_NUMBERS)),
            GinIndex(PARTS_OF_NAMES, fastupdate=True, gin_pending_list_limit=256, name="user_parts_of_names"),
        ]

    def __str__(self) -> str:
        return self.shown_user_name

    @property
    def is_tombstoned(self) -> bool:
        """Whether the user has a tombstone name. A client may send it before `active: false`."""
        return self.original_user_name is not None

    @property
    def is_deleted(self) -> bool:
        """Whether the user is Inactive and has a tombstone name."""
        return self.is_tombstoned and not self.active

    @property
    def shown_user_name(self) -> str:
        """The name that people know: for an Inactive user with a tombstone name, the original one.

        An Active user is always shown under the actual name, because a client chose the text after the prefix.
        """
        return self.original_user_name if self.is_deleted and self.original_user_name else self.user_name

    @property
    def display_label(self) -> str:
        """The name in headings, messages and mail: on one line, without unreadable characters."""
        return plain(self.display_name) or plain(f"{self.given_name} {self.family_name}") or plain(self.shown_user_name)

    @property
    def status(self) -> Status:
        if self.active:
            return Status.ACTIVE if self.verified else Status.NOT_VERIFIED
        return Status.DELETED if self.is_deleted else Status.INACTIVE

    @property
    def status_label(self) -> str:
        return str(self.status.label)

    @property
    def role_label(self) -> str:
        """The administrator role, or ""."""
        return str(Role(self.portal_role).label) if self.portal_role else ""

    @property
    def kept_because(self) -> str:
        """Why the Inactive user is not purged, or "" if only the retention period prevents it."""
        return retention.kept_because(self)

    @property
    def purge_at(self) -> datetime | None:
        """When the user is due for the purge, or None while the user is Active or kept for another reason."""
        return retention.purge_at(self)
