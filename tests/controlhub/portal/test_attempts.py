"""Password attempts are limited, and nobody can lock out another user."""

import pytest
from django.core import mail, signing
from django.test import Client

from controlhub.actions.addresses import resolve_addresses
from controlhub.actions.outbox import send_due_mail
from controlhub.portal.signin.devices import MAX_AGE_SECONDS, SALT
from tests import factories

NEO, UNKNOWN, NEW = "neo@example.com", "nobody@example.com", "follow the white rabbit"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def limits(settings):
    """`limits(password_by_account="20/15m/key")`: override the product's limits."""

    def change(**limits):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | limits

    return change


def at(address, client=None, **more):
    client = client or Client(**more)
    client.defaults["REMOTE_ADDR"] = address
    return client


def attempt(client, password="wrong", address=NEO):
    return client.post("/sign-in/", {"login": address, "password": password}).status_code


def attempts(number, client, **more):
    return [attempt(client, **more) for _ in range(number)]


def known_browser(admin, address=HOME):
    """A browser in which the administrator has signed in and out."""
    client = at(address)
    assert attempt(client, admin.password_shown) == 302
    client.post("/sign-out/")
    assert client.get("/users/").status_code == 302
    return client


def reset_password(client):
    client.post("/password/forgotten/", {"email": NEO})
    resolve_addresses()
    send_due_mail()
    link = next(line.strip() for line in mail.outbox[-1].body.splitlines() if "/password/new/" in line)
    form = client.get("/password/new/" + link.partition("/password/new/")[2])["Location"]
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302


def attack(limits, admin, network="198.51.100"):
    """An attacker has used up every per-account limit from many addresses."""
    limits(password_by_account="6/15m/key", password_by_source="3/15m/key")
    for number in range(2):
        assert attempts(3, at(f"{network}.{number}")) == [401] * 3
    assert attempt(at(f"{network}.200"), admin.password_shown) == 429, "the account is at its limit"


def test_wrong_passwords_from_elsewhere_lock_nobody_out(admin):
    assert attempts(12, at(ELSEWHERE)) == [401] * 10 + [429] * 2
    assert attempt(at(ELSEWHERE), admin.password_shown) == 429
    assert attempt(at(HOME), admin.password_shown) == 302


def test_refused_attempts_do_not_count_for_other_limits(limits, admin):
    limits(password_by_account="15/15m/key", password_by_address="15/15m/ip")
    assert attempts(40, at(ELSEWHERE))[10:] == [429] * 30
    assert attempt(at(ELSEWHERE), address="trinity@example.com") == 401, "the address has failed 10 times only"
    assert attempt(at(HOME), admin.password_shown) == 302, "and so has the account"


def test_guessing_from_many_addresses_is_limited(limits, admin):
    attack(limits, admin)


def test_limit_per_account_is_higher_than_per_address(settings):
    from controlhub.settings import ACCOUNT_RATE_LIMITS

    amounts = {name: int(rate.partition("/")[0] or 0) for name, rate in ACCOUNT_RATE_LIMITS.items() if "," not in rate}
    assert amounts["password_by_source"] == amounts["password_by_device"] == 10
    assert amounts["password_by_account"] > amounts["password_by_source"]


def test_known_browser_can_always_try(limits, admin):
    browser = known_browser(admin)
    attack(limits, admin)
    assert attempt(at(ELSEWHERE, browser), admin.password_shown) == 302


def test_known_browser_can_try_from_an_address_at_its_limit(limits, admin):
    browser = known_browser(admin)
    limits(password_by_address="5/15m/ip", password_tries="8/15m/ip")
    for number in range(10):
        attempt(at(HOME), address=f"user{number}@example.com")
    assert attempt(at(HOME), admin.password_shown) == 429
    assert attempt(browser, admin.password_shown) == 302


def test_known_browser_has_its_own_limit(admin):
    browser = known_browser(admin)
    assert attempts(11, browser) == [401] * 10 + [429]
    assert attempt(browser, admin.password_shown) == 429
    assert attempt(at(HOME), admin.password_shown) == 302, "which counts for no other browser"


@pytest.mark.parametrize("way", ["in the same browser", "in another one at the same address", "at another address"])
def test_completed_reset_always_allows_a_try(limits, admin, way):
    attack(limits, admin)
    browser = at(HOME)
    reset_password(browser)
    if way == "in another one at the same address":
        browser = at(HOME)
    elif way == "at another address":
        browser = at("203.0.113.99")
    assert attempt(browser, NEW) == 302


def test_completed_reset_allows_a_try_during_the_attack(limits, admin):
    attack(limits, admin)
    browser = at(HOME)
    reset_password(browser)
    attack(limits, admin, "192.0.2")
    assert attempt(browser, NEW) == 302


def test_reset_does_not_clear_the_limit_of_the_address(limits, admin):
    limits(password_by_address="5/15m/ip")
    for number in range(5):
        attempt(at(HOME), address=f"user{number}@example.com")
    reset_password(at(HOME))
    assert attempt(at(HOME), address="trinity@example.com") == 429


def test_reauthentication_is_not_blocked_by_others(limits, admin, portal):
    attack(limits, admin)
    answer = portal.post("/sign-in/again/", {"password": admin.password_shown})
    assert answer.status_code == 302
    assert [portal.post("/sign-in/again/", {"password": "x"}).status_code for _ in range(11)] == [401] * 10 + [429]


COOKIES = {
    "forged": lambda cookie, _: cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
    "signed for something else": lambda cookie, _: signing.dumps(signing.loads(cookie, salt=SALT), salt="other"),
    "of another account": lambda _, other: other,
    "empty": lambda *_: "",
    "nonsense": lambda *_: "x:y:z",
    "of another form": lambda *_: signing.dumps("x", salt="x"),
}


@pytest.mark.parametrize("kind", COOKIES)
def test_only_a_cookie_for_this_account_makes_a_browser_known(organization, limits, admin, kind):
    own = known_browser(admin).cookies["device"].value
    trinity, trinity.password_shown = factories.make_admin(organization, "trinity@example.com")
    client = Client()
    assert attempt(client, trinity.password_shown, trinity.sign_in_address) == 302
    attack(limits, admin)
    browser = at(HOME)
    browser.cookies["device"] = COOKIES[kind](own, client.cookies["device"].value)
    assert attempt(browser, admin.password_shown) == 429


def test_cookie_expires(limits, admin, monkeypatch):
    browser = known_browser(admin)
    attack(limits, admin)
    monkeypatch.setattr("controlhub.portal.signin.devices.MAX_AGE_SECONDS", -1)
    assert attempt(browser, admin.password_shown) == 429
    assert MAX_AGE_SECONDS > 0


def test_cookie_contains_no_address_and_is_for_this_site_only(admin):
    cookie = known_browser(admin).cookies["device"]
    assert "neo" not in signing.loads(cookie.value, salt=SALT)[1]
    assert "neo" not in str(signing.loads(cookie.value, salt=SALT))
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True, "Lax", "/", MAX_AGE_SECONDS,
    )  # fmt: skip


def test_browser_remembers_the_last_five_accounts(organization):
    client, addresses = Client(), [f"admin{number}@example.com" for number in range(6)]
    for address in addresses:
        _, password = factories.make_admin(organization, address)
        assert attempt(client, password, address) == 302
        client.post("/sign-out/")
    assert len(signing.loads(client.cookies["device"].value, salt=SALT)[1]) == 5


LIMITS = {
    "by source": {"password_by_source": "0/15m/key"},
    "by account": {"password_by_account": "0/15m/key"},
    "by address": {"password_by_address": "0/15m/ip"},
    "tries": {"password_tries": "0/15m/ip"},
}


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("address", [NEO, UNKNOWN])
def test_no_lookup_or_hashing_beyond_a_limit(limits, admin, monkeypatch, address, kind):
    limits(**LIMITS[kind])
    monkeypatch.setattr("allauth.account.adapter.authenticate", pytest.fail)
    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", pytest.fail)
    answer = at(HOME).post("/sign-in/", {"login": address, "password": admin.password_shown})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()


def test_known_browser_beyond_its_limit_causes_no_hashing(limits, admin, monkeypatch):
    browser = known_browser(admin)
    limits(password_by_device="0/15m/key")
    monkeypatch.setattr("allauth.account.adapter.authenticate", pytest.fail)
    assert attempt(browser, admin.password_shown) == 429


def test_limits_are_the_same_for_unknown_accounts(limits, admin):
    limits(password_by_account="13/15m/key")
    found = {}
    for address in (NEO, UNKNOWN):
        offset = 10 if address == NEO else 20
        statuses = [attempts(11, at(f"198.51.100.{offset + number}"), address=address) for number in range(3)]
        found[address] = statuses
    assert found[NEO] == found[UNKNOWN] == [[401] * 10 + [429], [401] * 3 + [429] * 8, [429] * 11]


def test_ipv6_network_counts_as_one_address(admin):
    assert attempts(10, at("2001:db8:1:2::1")) == [401] * 10
    assert attempt(at("2001:db8:1:2:ffff::9")) == 429
    assert attempt(at("2001:db8:1:3::1")) == 401
