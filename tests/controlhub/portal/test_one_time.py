"""URLs that only accept a form, secrets that are shown for a limited time, and forms that are submitted twice."""

import time

import pytest
from django.http import HttpResponse

from audit.models import AuditEvent
from controlhub.models import AccessToken, Connection, OutgoingMail, User
from controlhub.portal import reveals
from tests import factories, pages
from tests.scenes import PORTAL, Scene, undone
from tests.visits import visited_pages, visits

TOKEN = {"name": "Okta", "scopes": ["scim:read"], "days": "365"}


@pytest.fixture
def scene(db):
    return Scene()


# --- GET of a URL that only accepts a form -------------------------------------------------------------------


def test_no_page_is_empty_after_a_reload(scene, subtests):
    """Each URL of the portal, opened as a browser does after a reload or a change of the theme."""
    back = []
    for visit in visits(scene):
        with subtests.test(visit.name):
            assert visit.status_code != 405
            assert visit.body or visit.status_code == 302
            if visit.status_code == 302:
                back.append(visit.headers["Location"])
    assert len(back) > 20
    for address in set(back):
        with subtests.test(f"back to {address}"), undone():
            assert factories.browser(scene.admin).get(address, follow=True).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", pytest.param("delete", marks=pytest.mark.deep)])
def test_refused_method_is_explained(scene, subtests, method):
    """A form sent to a page that accepts none, or another method sent to a form."""
    browser, refused = factories.browser(scene.admin), 0
    for name in PORTAL:
        with subtests.test(name), undone(browser):
            answer: HttpResponse = getattr(browser, method)(scene.address(name))
            if answer.status_code == 405:
                refused += 1
                assert "Method not allowed" in answer.content.decode()
                assert answer["Allow"]
    assert refused > (10 if method == "post" else 40)


def test_signing_out_requires_a_form(portal):
    portal.get("/sign-out/")
    assert portal.get("/users/").status_code == 200


def test_theme_form_returns_to_every_page(scene, subtests):
    browser, themed = factories.browser(scene.admin), 0
    opened = {visit.address: visit.status_code for visit in visits(scene)}
    for visit in visited_pages(scene):
        with subtests.test(visit.name), undone():
            for form in [form for form in visit.page.forms if form.action == "/theme/"]:
                themed += 1
                back = browser.post("/theme/", {**form.fields, "theme": "dark"})["Location"]
                if back not in opened:
                    opened[back] = browser.get(back, follow=True).status_code
                assert opened[back] == 200
    assert themed > 20


# --- Secrets: a page that shows one shows it again until it is copied --------------------------------------------


def issue_token(scene, browser):
    return browser.post("/provisioning/tokens/", TOKEN, follow=True)


def rotate_token(scene, browser):
    return browser.post(scene.address("token-rotate"), follow=True)


def issue_client(scene, browser):
    return browser.post(scene.address("client-issue"), follow=True)


def issue_own_token(scene, browser):
    return browser.post("/account/tokens/", TOKEN, follow=True)


def make_codes(scene, browser):
    return browser.post("/account/codes/new/", follow=True)


WAYS = [issue_token, rotate_token, issue_client, issue_own_token, make_codes]


def secrets_on(page):
    page = pages.read(page)
    return page.texts(".secret code#secret") + page.texts(".secret .codes code")


@pytest.mark.parametrize("issue", WAYS)
def test_secret_is_shown_after_a_reload_and_theme_change_until_copied(scene, issue):
    browser = factories.browser(scene.admin)
    answer = issue(scene, browser)
    found, address = secrets_on(answer), answer.request["PATH_INFO"]
    assert found
    assert answer.redirect_chain, "shown by a page that can be reloaded"
    themed = browser.post("/theme/", {**pages.read(answer).form("/theme/").fields, "theme": "dark"}, follow=True)
    assert secrets_on(themed) == secrets_on(browser.get(address)) == found
    other = factories.browser(scene.admin)
    assert secrets_on(other.get(address)) == [], "only for the session that asked"
    assert factories.copied(browser, answer).status_code == 200
    assert secrets_on(browser.get(address)) == []


@pytest.mark.parametrize("issue", WAYS)
def test_secret_is_encrypted_in_the_session_and_deleted_after_ten_minutes(scene, issue):
    browser = factories.browser(scene.admin)
    answer = issue(scene, browser)
    (secret, *_), address = secrets_on(answer), answer.request["PATH_INFO"]
    assert secret not in str(dict(browser.session.items()))
    session = browser.session
    session[reveals.KEY] = [entry | {"until": time.time() - 1} for entry in session[reveals.KEY]]
    session.save()
    assert secrets_on(browser.get(address)) == []
    assert reveals.KEY not in browser.session or not browser.session[reveals.KEY], "and not kept any longer"


def test_two_secrets_are_both_shown(portal):
    names = ["Okta", "Entra ID"]
    shown = [portal.post("/provisioning/tokens/", TOKEN | {"name": name})["Location"] for name in names]
    answers = [pages.read(portal.get(address)) for address in shown]
    assert [page.texts(".secret h2") for page in answers] == [[f"Copy the token of {name} now"] for name in names]
    assert len({code for page in answers for code in page.texts(".secret dd code")}) == 2


def test_new_client_secret_replaces_the_invalid_one(scene):
    browser = factories.browser(scene.admin)
    for _ in range(2):
        answer = browser.post(scene.address("client-issue"), follow=True)
    assert len(pages.read(answer).all(".secret")) == 1


def test_no_secret_is_in_the_log(scene):
    browser = factories.browser(scene.admin)
    found = [secret for issue in WAYS for secret in secrets_on(issue(scene, browser))]
    log = str(list(AuditEvent.objects.values()))
    assert found
    assert not [secret for secret in found if secret in log]


# --- The same form twice ----------------------------------------------------------------------------------------


def form_on(browser, page, action):
    """The first form with this action. The menu of a connection and its tokens offer the same one."""
    return next(form for form in pages.read(browser.get(page)).forms if form.action == action)


REPEATED = {
    "token-issue": ("connection-add", TOKEN),
    "token-rotate": ("connection-detail", {}),
    "client-issue": ("connection-detail", {}),
    "own-token-issue": ("account-detail", TOKEN),
    "user-add": ("user-add", {"address": "cypher@example.com"}),
    "user-add-many": ("user-add-many", {"r0-address": "cypher@example.com", "r1-address": "dozer@example.com"}),
    "user-invite": ("user-detail", {}),
    "user-extend": ("user-extend", {"days": "7"}),
    "user-reset-factors": ("user-access", {}),
    "mfa_generate_recovery_codes": ("mfa_generate_recovery_codes", {}),
}


def test_form_submitted_twice_acts_once(scene, subtests):
    subjects = {"user-invite": scene.invited, "user-extend": scene.inactive, "user-reset-factors": scene.admin.user}
    for name, (page, typed) in REPEATED.items():
        with subtests.test(name), undone():
            browser = factories.browser(scene.admin)
            ids = {"user_id": subjects[name].pk} if name in subjects else {}
            address, where = scene.address(name, **ids), scene.address(page, **ids)
            form = form_on(browser, where, "" if address == where else address)
            assert form.fields["form_id"]
            body = {**form.fields, **typed}
            browser.post(address, body)
            after = counts()
            again = factories.browser(scene.admin).post(address, body, follow=True)
            assert counts() == after, "once"
            assert "was already submitted" in pages.read(again).text


def counts():
    return (
        AccessToken.objects.count(),
        Connection.objects.count(),
        User.objects.count(),
        OutgoingMail.objects.count(),
        AuditEvent.objects.count(),
    )


def test_every_rendered_form_has_its_own_id(portal):
    shown = [pages.read(portal.get("/provisioning/add/")) for _ in range(3)]
    ids = [page.form("/provisioning/tokens/").fields["form_id"] for page in shown]
    assert len(set(ids)) == 3


def test_failed_form_can_be_submitted_again(portal, monkeypatch):
    form = pages.read(portal.get("/provisioning/add/")).form("/provisioning/tokens/")
    body = {**form.fields, **TOKEN}
    with monkeypatch.context() as broken:
        broken.setattr("controlhub.portal.views.connections.issue_token", lambda *args, **kwargs: 1 / 0)
        portal.raise_request_exception = False
        assert portal.post("/provisioning/tokens/", body).status_code == 500
    portal.post("/provisioning/tokens/", body)
    assert AccessToken.objects.count() == 1
