"""Checks do not report tampering that did not happen: concurrent writers, equal times, other library versions."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction

from audit.actor import SYSTEM
from audit.canonical import leaf_of, written_part
from audit.keys import mac_of
from audit.models import AuditEvent
from audit.record import Target, record
from audit.seal import seal_events
from audit.vocabulary import AuditAction, TargetType
from tests import factories
from tests.audit.tampering import problems
from tests.threads import at_once

WRITERS = 8
TRANSACTION = 5
"""Events with the same time, which is that of their transaction."""
LEAF = (
    '{"action":"user.updated","activity":"Update user","actor_id":"01a2","actor_kind":"admin",'
    '"actor_role":"full_admin","actor_user_id":null,"category":"UserManagement","commitments":["'
    + "ab"
    * 32
    + '"],"connection_id":null,'
    '"created_at":"2026-11-26T09:14:05.120000Z","facts":{"job":"Zoë","number":3},'
    '"id":"01a21722-2bff-75ff-a872-962eaeeb6cf1","mac":"00ff","organization_id":"01a21722-2bff-75ff-a872-962eaeeb6cf2",'
    '"parent_id":null,"request_id":"r1","result":"success","revoked":{"tokens":1},"service":"Core Directory",'
    '"target_id":"7","target_type":"User","version":3}'
)


def fixed_event():
    return AuditEvent(
        id=UUID("01a21722-2bff-75ff-a872-962eaeeb6cf1"),
        organization_id=UUID("01a21722-2bff-75ff-a872-962eaeeb6cf2"),
        created_at=datetime(2026, 11, 26, 9, 14, 5, 120_000, UTC),
        version=3,
        service="Core Directory",
        category="UserManagement",
        action="user.updated",
        activity="Update user",
        actor_kind="admin",
        actor_id="01a2",
        actor_role="full_admin",
        request_id="r1",
        target_type="User",
        target_id="7",
        facts={"number": 3, "job": "Zoë"},
        revoked={"tokens": 1},
        commitments=bytes.fromhex("ab" * 32),
        mac=bytes.fromhex("00ff"),
    )


def test_leaf_of_an_event_never_changes():
    """A Python or library update that serializes it differently would invalidate every proof."""
    assert leaf_of(fixed_event()).decode() == LEAF
    digest = hashlib.sha256(b"\0" + LEAF.encode()).hexdigest()
    assert digest == "fc618206a8a42b0a6bce828f054813a5ac19223592ce93ccdfdccafd751a2e01"


def test_mac_of_an_event_never_changes(settings):
    settings.SECRET_KEY = "a secret for this test only"
    assert (
        mac_of(written_part(fixed_event())).hex()
        == "c306e4b36fb5d03cc235996949f9fe340b30c8a2b2f7274f31f771156bb9da45a17645c5"
    )


@pytest.mark.parametrize("number", [40, pytest.param(600, marks=pytest.mark.deep)])
def test_concurrent_writers_cause_no_fault(transactional_db, number):
    organization = factories.make_organization()
    target = Target(organization.pk, TargetType.USER, "7", "somebody@example.com")

    def write(index):
        for _ in range(0, number, TRANSACTION):
            with transaction.atomic():
                for _ in range(TRANSACTION):
                    record(AuditAction.USER_UPDATED, target=target, actor=SYSTEM)
            if index == 0:
                seal_events()

    at_once(WRITERS, write)
    while seal_events():
        pass
    assert AuditEvent.objects.filter(action="user.updated").count() == WRITERS * number
    assert problems(organization) == []
