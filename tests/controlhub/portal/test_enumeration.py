"""Neither the response nor the work behind it reveals whether an account has an address."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions import addresses
from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.users import deactivate_user
from controlhub.models import Account, AddressUse, OutgoingMail, Role, TypedAddress
from tests import factories

UNKNOWN = "nobody@example.com"


def known(organization):
    return factories.make_admin(organization, "trinity@example.com")[0].sign_in_address


def inactive(organization):
    factories.make_admin(organization, "neo@example.com")
    account, _ = factories.make_admin(organization, "cypher@example.com")
    deactivate_user(account.user, actor=factories.COMMAND)
    return account.sign_in_address


def invited(organization):
    user, _ = add_user(organization, Person("mouse@example.com"), role=Role.AUDITOR, actor=factories.COMMAND)
    return user.user_name


def without_password(organization):
    account, _ = factories.make_admin(organization, "tank@example.com")
    account.set_unusable_password()
    account.save()
    return account.sign_in_address


def by_group(organization):
    user = factories.make_user(organization, "switch@example.com")
    Account.objects.create(
        user=user, sign_in_address=user.user_name, sign_in_key=f"by-group:{user.pk}", role=Role.AUDITOR, by_group=True
    )
    return f"by-group:{user.pk}"


def user_only(organization):
    return factories.make_user(organization, "morpheus@example.com").user_name


def other_case(organization):
    return factories.make_admin(organization, "apoc@example.com")[0].sign_in_address.upper()


KINDS = [known, inactive, invited, without_password, by_group, user_only, other_case]
PAGES = {
    "password reset": lambda address: Client().post("/password/forgotten/", {"email": address}),
    "sign-in": lambda address: Client().post("/sign-in/", {"login": address, "password": "wrong password"}),
}


@pytest.fixture
def hashes(monkeypatch):
    """Counts the password hashes that are computed."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    counted, encode = [], MD5PasswordHasher.encode

    def counting(self, *args, **kwargs):
        counted.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return counted


class _Text(HTMLParser):
    """The visible text of a page, without attributes."""

    def __init__(self):
        super().__init__()
        self.parts = []

    def handle_data(self, data):
        self.parts.append(data.strip())


def text_of(answer):
    page = _Text()
    page.feed(answer.content.decode())
    return list(filter(None, page.parts))


def work_of(page, address, hashes):
    """The statements, hashes, mails and events of one request, and its response."""
    cache.clear()
    before = (OutgoingMail.objects.count(), AuditEvent.objects.count(), len(hashes))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = PAGES[page](address)
    after = (OutgoingMail.objects.count(), AuditEvent.objects.count(), len(hashes))
    statements = [
        re.sub(r'SAVEPOINT "\w+"', "SAVEPOINT", query["sql"].partition(" WHERE ")[0].partition(" VALUES ")[0])
        for query in queries
    ]
    return {
        "statements": statements,
        "mails, events, hashes": [new - old for new, old in zip(after, before, strict=True)],
        "status": (answer.status_code, answer.get("Location")),
        "text": text_of(answer),
        "cookies": sorted(answer.cookies),
    }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_work_is_the_same_for_every_address(organization, hashes, kind, page):
    address = kind(organization)
    PAGES[page](UNKNOWN)  # do one-time work first
    unknown, found = (work_of(page, text, hashes) for text in (UNKNOWN, address))
    for what in unknown:
        assert found[what] == unknown[what], what
    assert unknown["mails, events, hashes"] == [0, 0, 1 if page == "sign-in" else 0]
    assert TypedAddress.objects.filter(key=address.lower()).count() == 1


def test_job_mails_and_records_only_known_addresses(organization, admin):
    for page in PAGES.values():
        page(UNKNOWN)
        page("NEO@example.com")
    assert TypedAddress.objects.count() == 4
    assert resolve_addresses() == 4
    assert [mail.address for mail in OutgoingMail.objects.all()] == ["neo@example.com"]
    event = AuditEvent.objects.get(action="session.sign_in_failed")
    assert (event.target_id, event.actor_address, event.result) == (str(admin.user_id), "127.0.0.1", "failure")
    assert event.request_id not in {"", "-"}
    assert event.details["at"]
    assert not TypedAddress.objects.exists()
    assert resolve_addresses() == 0


@pytest.mark.parametrize("kind", [inactive, invited, without_password, by_group, user_only])
def test_job_mails_nobody_who_cannot_sign_in_with_a_password(organization, kind):
    address = kind(organization)
    OutgoingMail.objects.all().delete()
    PAGES["password reset"](address)
    assert resolve_addresses() == 1
    assert not OutgoingMail.objects.exists()


def test_address_that_waited_too_long_is_discarded(organization, admin):
    PAGES["password reset"]("neo@example.com")
    TypedAddress.objects.update(created_at=Now() - timedelta(minutes=61))
    assert resolve_addresses() == 0
    assert not TypedAddress.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_addresses_beyond_one_run_wait_for_the_next(organization, admin, monkeypatch):
    monkeypatch.setattr(addresses, "BATCH", 2)
    for address in (UNKNOWN, "smith@example.com", "neo@example.com"):
        PAGES["password reset"](address)
    assert resolve_addresses() == 2
    assert TypedAddress.objects.get().key == "neo@example.com", "the oldest come first"
    assert not OutgoingMail.objects.exists()
    assert resolve_addresses() == 1
    assert OutgoingMail.objects.get().address == "neo@example.com"


def test_failed_lookup_of_one_address_does_not_stop_the_others(organization, admin):
    TypedAddress.objects.create(use=AddressUse.PASSWORD_RESET, key="")
    PAGES["password reset"]("neo@example.com")
    assert resolve_addresses() == 2
    assert OutgoingMail.objects.count() == 1
