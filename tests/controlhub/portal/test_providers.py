"""Setting up an organization's identity provider."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import AuditEvent
from controlhub.models import IdentityProvider
from controlhub.security.networks import AllowedNetwork
from tests.providers import connect

FORM = {"name": "Contoso", "client_id": "hub", "client_secret": "s3cret", "match_claim": "", "is_listed": "on"}


def test_provider_is_set_up_on_the_page_and_its_secret_is_encrypted(portal, entra):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": entra.issuer + "/"})
    assert answer.status_code == 302
    provider = IdentityProvider.objects.get()
    assert (provider.issuer, provider.client_secret) == (entra.issuer, "s3cret")
    assert "s3cret" not in provider.sealed_secret
    page = portal.get("/sign-on/").content.decode()
    assert f"/sign-in/sso/{provider.pk}/callback/" in page
    assert "s3cret" not in page
    assert "s3cret" not in str([(event.changes, event.details) for event in AuditEvent.objects.all()])


def test_changing_the_issuer_deletes_secret_and_identities(portal, provider, entra):
    connect(portal, provider, entra)
    other = entra.issuer.replace("127.0.0.1", "localhost")
    where = f"/sign-on/{provider.pk}/"
    answer = portal.post(where, {**FORM, "issuer": other, "client_secret": ""})
    assert answer.status_code in {409, 422}
    assert SocialAccount.objects.count() == 1, "nothing was changed"
    assert portal.post(where, {**FORM, "issuer": other}).status_code == 302
    assert not SocialAccount.objects.exists()


def test_change_without_a_secret_keeps_it(portal, provider, entra):
    answer = portal.post(
        f"/sign-on/{provider.pk}/", {**FORM, "issuer": entra.issuer, "client_secret": "", "name": "New"}
    )
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.client_secret) == ("New", "s3cret")


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("ftp://example.com", "must begin with https"),
        ("http://example.com", "must begin with https"),
        ("https://example.com:8443", "use port 443"),
        ("https://user:pass@example.com", "no user or password"),
        ("https://localhost", "that is not allowed"),
        ("https://169.254.169.254/latest/meta-data", "that is not allowed"),
        ("https://[::ffff:10.0.0.1]/", "that is not allowed"),
    ],
)
def test_issuer_at_an_internal_address_is_refused(portal, issuer, said):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": issuer})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not IdentityProvider.objects.exists()


def test_claim_that_people_can_change_is_refused(portal, entra):
    answer = portal.post("/sign-on/add/", {**FORM, "issuer": entra.issuer, "match_claim": "email"})
    assert answer.status_code == 422
    assert "This claim can change" in answer.content.decode()


def test_provider_is_removed_after_confirmation(portal, provider, entra, admin):
    connect(portal, provider, entra)
    assert "Remove Contoso?" in portal.get(f"/sign-on/{provider.pk}/remove/").content.decode()
    portal.post(f"/sign-on/{provider.pk}/remove/")
    assert not IdentityProvider.objects.exists()
    assert not SocialAccount.objects.exists()
    assert Client().post(f"/sign-in/sso/{provider.pk}/").status_code == 404


def test_lost_key_causes_503(provider):
    IdentityProvider.objects.update(sealed_secret="00000000.AAAA")
    assert Client().post(f"/sign-in/sso/{provider.pk}/").status_code == 503


def test_unreachable_provider_is_reported(portal, provider, entra, settings):
    provider.issuer = "http://127.0.0.1:9/x/v2.0"
    provider.keep_secret("s3cret")
    provider.save()
    settings.OUTBOUND_ALLOW += [AllowedNetwork.read("127.0.0.1:9")]
    answer = Client().post(f"/sign-in/sso/{provider.pk}/")
    assert answer.status_code == 401
    assert "Sign-in failed" in answer.content.decode()
