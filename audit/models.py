"""The log. It uses plain ids and no foreign keys, so that events outlive the objects that they describe."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext
from uuid_utils.compat import uuid7

from audit.changes import entries_of
from audit.parts import ERASED, PARTS, Personal, values_of
from audit.vocabulary import AuditAction

APART = 3
"""The first version of events whose personal values are in a separate table."""
OLD_COLUMNS = ("reason", "actor_label", "actor_address", "user_agent", "target_label", "changes", "details")
"""Columns with personal values. Only events of versions 1 and 2 have them."""


def has_label(name: str, **lookup: str) -> Q:
    """A condition on the label of an event's "actor" or "target", with a lookup such as `icontains`."""
    ((operator, text),) = lookup.items()
    place = PARTS.index(name)
    path = f"parts__{place}__value__label__{operator}"
    found = AuditPersonal.objects.filter(event_id=OuterRef("pk"), **{path: text})
    return Q(**{f"old_{name}_label__{operator}": text}) | Q(Exists(found))


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def in_organization(self, organization: models.Model) -> "AuditEventQuerySet":
        return self.filter(organization_id=organization.pk)

    def about(self, target_id: UUID) -> "AuditEventQuerySet":
        return self.filter(target_id=str(target_id))

    def of_request(self, request_id: str) -> "AuditEventQuerySet":
        return self.filter(request_id=request_id).exclude(request_id="")

    def newest_first(self) -> "AuditEventQuerySet":
        return self.order_by("-created_at", "-id")


class AuditEvent(models.Model):
    """One change, recorded in the transaction that made it. The database refuses to change or remove it.

    The columns contain public facts. Personal values are in `AuditPersonal`; those of events of versions 1 and 2 are in
    the columns whose names here begin with `old_`. `audit.personal.attach` reads them for a page of events.
    There is one more column, `transaction_id`: the transaction that recorded the event. Events are sealed in its order.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    service = models.CharField(max_length=32)
    category = models.CharField(max_length=32)
    action = models.CharField(max_length=48)
    activity = models.CharField(max_length=64)
    result = models.CharField(max_length=16, default="success")
    old_reason = models.TextField(db_default="", db_column="reason")
    actor_kind = models.CharField(max_length=16)
    actor_id = models.TextField(default="")
    old_actor_label = models.TextField(db_default="", db_column="actor_label")
    old_actor_address = models.GenericIPAddressField(null=True, db_column="actor_address")
    old_user_agent = models.TextField(db_default="", db_column="user_agent")
    request_id = models.CharField(max_length=64, default="")
    target_type = models.CharField(max_length=32)
    target_id = models.TextField(default="")
    old_target_label = models.TextField(db_default="", db_column="target_label")
    version = models.SmallIntegerField(db_default=1)
    """See docs/audit-format.md. Events of version 1 were written before there were other versions."""
    old_changes = models.JSONField(db_default=[], db_column="changes")
    old_details = models.JSONField(db_default={}, db_column="details")
    actor_user_id = models.UUIDField(null=True)
    """The person who acted through the portal or with a personal token."""
    actor_role = models.CharField(max_length=32, db_default="")
    connection_id = models.UUIDField(null=True)
    parent_id = models.UUIDField(null=True)
    """The event that this one is part of: the start of a job, or a bulk request."""
    facts = models.JSONField(db_default={})
    """Details that identify people only by id."""
    revoked = models.JSONField(null=True)
    """The numbers of revoked tokens, sessions and invitations, counted by the statement that revoked them."""
    commitments = models.BinaryField(db_default=b"")
    """The SHA-256 digests of the personal parts, concatenated in order."""
    mac = models.BinaryField(db_default=b"")

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "target_id", "-created_at"], name="audit_target"),
            models.Index(
                fields=["organization_id", "actor_user_id", "-created_at"],
                name="audit_actor",
                condition=models.Q(actor_user_id__isnull=False),
            ),
            # The filters of the log (docs/decisions/0076): each key in the order of the list.
            models.Index(fields=["organization_id", "action", "service", "-created_at", "-id"], name="audit_by_action"),
            models.Index(
                fields=["organization_id", "action", "-created_at", "-id"],
                name="audit_failed",
                condition=models.Q(result="failure"),
            ),
            models.Index(
                fields=["organization_id", "actor_id", "action", "-created_at", "-id"],
                name="audit_by_actor",
                condition=models.Q(connection_id__isnull=True),
            ),
            models.Index(
                fields=["organization_id", "connection_id", "action", "-created_at", "-id"],
                name="audit_by_connection",
                condition=models.Q(connection_id__isnull=False),
            ),
            models.Index(
                fields=["organization_id", "request_id"],
                name="audit_request",
                condition=~models.Q(request_id=""),
            ),
            models.Index(
                fields=["organization_id", "old_actor_address"],
                name="audit_old_address",
                condition=models.Q(old_actor_address__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.target_type} {self.target_id}"

    @cached_property
    def personal(self) -> Personal:
        if self.version < APART:
            return self._old_personal()
        database = self._state.db or DEFAULT_DB_ALIAS
        row = AuditPersonal.objects.using(database).filter(event_id=self.pk).first()
        return values_of(row.parts) if row else ERASED

    def _old_personal(self) -> Personal:
        actor = {"label": self.old_actor_label, "address": self.old_actor_address, "user_agent": self.old_user_agent}
        target = {"label": self.old_target_label, "reason": self.old_reason, "changes": self.old_changes}
        return Personal(actor, {**target, "details": self.old_details})

    @property
    def actor_label(self) -> str:
        return _label(self.personal.actor)

    @property
    def actor_address(self) -> str | None:
        return (self.personal.actor or {}).get("address")

    @property
    def user_agent(self) -> str:
        return str((self.personal.actor or {}).get("user_agent", ""))

    @property
    def target_label(self) -> str:
        return _label(self.personal.target)

    @property
    def reason(self) -> str:
        return str((self.personal.target or {}).get("reason", ""))

    @property
    def shown_reason(self) -> str:
        """The reason, translated for the reader if it is the product's own text, which is recorded in English."""
        return gettext(self.reason) if self.action == AuditAction.ROLE_REFUSED else self.reason

    @cached_property
    def changes(self) -> list[dict[str, Any]]:
        """See `audit.changes`."""
        return entries_of(self.personal.target or {})

    @property
    def details(self) -> dict[str, Any]:
        """The public facts and the personal details together."""
        revoked = {"revoked": self.revoked} if self.revoked is not None else {}
        return {**(self.personal.target or {}).get("details", {}), **self.facts, **revoked}


def _label(values: Mapping[str, Any] | None) -> str:
    return gettext("Erased") if values is None else str(values.get("label", ""))


class AuditPersonal(models.Model):
    """The personal values of an event: a list of parts, see `audit.parts`.

    The database refuses every change, except that the salt and the value of a part are removed together.
    """

    event_id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    parts = models.JSONField()

    class Meta:
        db_table = "audit_personal"
        indexes = [
            models.Index("organization_id", KT("parts__0__value__address"), "event_id", name="audit_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class AuditSeal(models.Model):
    """The place of one event in its organization's gapless sequence, with the event's digest.

    Written by the sealing job and not with the event, so that recording takes no lock.
    """

    event_id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    sequence = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_seal_sequence")]

    def __str__(self) -> str:
        return f"{self.organization_id} #{self.sequence}"


class AuditLeaf(models.Model):
    """The place of an event in the Merkle tree of its organization. `position` starts at 0 and has no gaps.

    Written by the sealing job and not with the event, so that recording takes no lock.
    """

    event_id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_leaf"
        constraints = [models.UniqueConstraint(fields=["organization_id", "position"], name="audit_leaf_position")]

    def __str__(self) -> str:
        return f"{self.organization_id} #{self.position}"


class AuditSubtree(models.Model):
    """The hash of a full subtree of 256 leaves, or of 256 subtrees: level 8, 16, 24. Proofs are built from these."""

    pk = models.CompositePrimaryKey("organization_id", "level", "number")
    organization_id = models.UUIDField()
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_subtree"

    def __str__(self) -> str:
        return f"{self.organization_id} level {self.level} #{self.number}"


class AuditCheckpoint(models.Model):
    """A signed checkpoint (https://c2sp.org/tlog-checkpoint) of the tree of an organization."""

    pk = models.CompositePrimaryKey("organization_id", "size")
    organization_id = models.UUIDField()
    size = models.BigIntegerField()
    note = models.TextField()
    subtrees = models.BinaryField()
    """The hashes of the full subtrees of the tree, from left to right. Sealing continues from these."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_checkpoint"
        indexes = [models.Index("organization_id", "created_at", name="audit_checkpoint_by_time")]

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.size}"


class AuditCosignature(models.Model):
    """The signature of a witness on a checkpoint (https://c2sp.org/tlog-cosignature), as a line of its note.

    `witness` is the witness's key as a vkey.
    """

    pk = models.CompositePrimaryKey("organization_id", "size", "witness")
    organization_id = models.UUIDField()
    size = models.BigIntegerField()
    witness = models.TextField()
    line = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_cosignature"

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.size} by {self.name}"

    @property
    def name(self) -> str:
        return self.witness.partition("+")[0]


class AuditWatermark(models.Model):
    """How far events are sealed, in a single row. It is only a starting point; `verify_audit` does not trust it."""

    cluster = models.TextField()
    """The system identifier of the database cluster that the transaction ids belong to."""
    transaction = models.BigIntegerField()
    """Every event of an earlier transaction of this cluster has a leaf or is still ahead of the scan."""
    scan_transaction = models.TextField(default="")
    """The position of a scan of the whole log; "" if there is none. Ids from another cluster may be any xid8."""
    scan_event = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_watermark"

    def __str__(self) -> str:
        return f"{self.cluster}: {self.transaction}"


class AuditDelivery(models.Model):
    """The size of the newest checkpoint of an organization that AUDIT_CHECKPOINT_URL has accepted."""

    organization_id = models.UUIDField(primary_key=True)
    size = models.BigIntegerField()

    class Meta:
        db_table = "audit_delivery"

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.size}"
