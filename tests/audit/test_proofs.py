"""The page of an event offers its proof."""

from audit.models import AuditEvent, AuditLeaf
from audit.seal import seal_events
from audit.signing import origin_of, verifier_keys
from audit.transparency.proof_files import parse_proof
from tests import factories, pages


def test_proof_of_an_event_verifies_on_its_own(portal, organization):
    factories.make_user(organization, "trinity@example.com")
    seal_events()
    event = AuditEvent.objects.in_organization(organization).earliest("id")
    page = pages.read(portal.get(f"/audit/{event.pk}/"))
    keys = verifier_keys(origin_of(organization.pk))
    assert str(keys[0]) in page.text
    answer = portal.get(f"/audit/{event.pk}/proof/")
    assert answer["Content-Disposition"] == f'attachment; filename="{event.pk}.tlog-proof"'
    proof = parse_proof(answer.content.decode())
    sealed = AuditLeaf.objects.filter(organization_id=organization.pk).count()
    assert proof.verify(proof.extra, keys).size == sealed
    assert str(event.pk).encode() in proof.extra


def test_unsealed_event_has_no_proof_yet(portal, organization):
    event = AuditEvent.objects.in_organization(organization).earliest("id")
    page = pages.read(portal.get(f"/audit/{event.pk}/proof/", follow=True))
    assert "not sealed yet" in page.text


def test_proof_of_another_organization_is_not_found(portal, other_organization):
    event = AuditEvent.objects.in_organization(other_organization).earliest("id")
    assert portal.get(f"/audit/{event.pk}/proof/").status_code == 404
