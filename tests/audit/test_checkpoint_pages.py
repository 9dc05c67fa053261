"""The page of checkpoints: the signed tree, its cosignatures and copies, and a checkpoint as a file."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from audit.models import AuditCheckpoint, AuditCosignature, AuditDelivery
from audit.seal import seal_events
from audit.signing import origin_of, verifier_keys
from audit.transparency.checkpoints import open_checkpoint, parse_checkpoint
from audit.transparency.keys import encode
from audit.transparency.notes import parse_note
from audit.transparency.witnesses import Witness
from audit.views.checkpoints import PAGE
from tests import factories, pages
from tests.audit.test_witnesses import KEY

ADDRESS = "/audit/checkpoints/"
WITNESS = Witness("https://witness.example/one", KEY.verifier)


@pytest.fixture
def checkpoint(portal, organization):
    factories.make_user(organization, "trinity@example.com")
    seal_events()
    return AuditCheckpoint.objects.get(organization_id=organization.pk)


def test_page_shows_the_checkpoint_and_its_verification_key(portal, organization, checkpoint):
    page = pages.read(portal.get(ADDRESS))
    signed = parse_checkpoint(parse_note(checkpoint.note).text)
    assert page.copied("origin") == origin_of(organization.pk)
    assert page.copied("root") == encode(signed.root)
    assert page.copied("key-1") == str(verifier_keys(signed.origin)[0])
    assert [row.size for row in portal.get(ADDRESS).context["rows"]] == [checkpoint.size]


def test_empty_log_shows_when_its_first_checkpoint_is_due(portal):
    page = pages.read(portal.get(ADDRESS))
    assert "No checkpoints yet" in page.text


def test_page_lists_copies_and_witnesses(portal, organization, checkpoint, settings):
    page = pages.read(portal.get(ADDRESS))
    assert page.text.count("Not set up") == 2
    settings.AUDIT_CHECKPOINT_URL = "https://elsewhere.example"
    settings.AUDIT_WITNESSES = [WITNESS]
    page = pages.read(portal.get(ADDRESS))
    assert "Not yet" in page.text
    assert "Not recently" in page.text
    AuditDelivery.objects.create(organization_id=organization.pk, size=checkpoint.size)
    AuditCosignature.objects.create(
        organization_id=organization.pk, size=checkpoint.size, witness=str(WITNESS.key), line="— w x", signed_at=now()
    )
    page = pages.read(portal.get(ADDRESS))
    assert page.text.count(f"The first {checkpoint.size} events") == 2
    assert WITNESS.name in portal.get(ADDRESS).context["rows"][0].witnesses[0].name


def test_downloaded_checkpoint_verifies_and_has_its_cosignatures(portal, organization, checkpoint):
    AuditCosignature.objects.create(
        organization_id=organization.pk, size=checkpoint.size, witness="w+1+x", line="— w AAAA", signed_at=now()
    )
    answer = portal.get(f"{ADDRESS}{checkpoint.size}/")
    assert answer["Content-Disposition"] == f'attachment; filename="checkpoint-{checkpoint.size}.txt"'
    note = answer.content.decode()
    assert note.endswith("\n— w AAAA\n")
    signed = open_checkpoint(checkpoint.note, verifier_keys(origin_of(organization.pk)))
    assert signed.size == checkpoint.size
    assert portal.get(f"{ADDRESS}{checkpoint.size + 1}/").status_code == 404


def test_next_page_continues_before_a_size(portal, organization, checkpoint):
    copies = [
        AuditCheckpoint(
            organization_id=organization.pk,
            size=checkpoint.size + number,
            note=checkpoint.note,
            subtrees=checkpoint.subtrees,
            created_at=now() + timedelta(minutes=number),
        )
        for number in range(1, PAGE + 2)
    ]
    AuditCheckpoint.objects.bulk_create(copies)
    first = portal.get(ADDRESS)
    assert [row.size for row in first.context["rows"]] == [each.size for each in reversed(copies[1:])]
    following = portal.get(ADDRESS + first.context["older"])
    assert [row.size for row in following.context["rows"]] == [copies[0].size, checkpoint.size]
    assert portal.get(ADDRESS, {"before": "x"}).context["rows"] == first.context["rows"]
