"""Mail that is only written to files: the portal says so, and shows the link to the user who requested it."""

import pytest
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.outbox import send_due_mail
from controlhub.models import OutgoingMail, User
from tests import factories, pages

FORM = {"address": "trinity@example.com", "given_name": "Trinity", "role": "auditor"}
FILES = [
    "controlhub.backends.mail_files.EmailBackend",
    *(f"django.core.mail.backends.{name}.EmailBackend" for name in ("filebased", "console", "dummy")),
]
SENT = ["django.core.mail.backends.smtp.EmailBackend", "a.service.EmailBackend"]


def add(portal, **more):
    return portal.post("/users/add/", {**FORM, **more}, follow=True)


def link_on(answer):
    return pages.read(answer).texts(".secret code#secret")


@pytest.mark.parametrize("backend", FILES)
@pytest.mark.parametrize("role", ["auditor", ""])
def test_link_is_shown_to_the_requesting_user_if_mail_is_not_sent(portal, settings, backend, role):
    settings.EMAIL_BACKEND = backend
    answer = add(portal, role=role)
    text = pages.read(answer).text
    assert "Mail is not set up" in text
    assert "Invitation sent" not in text
    (link,) = link_on(answer)
    secret = link.rstrip("/").rpartition("/")[2]
    assert Client().get(f"/invitations/{secret}/").status_code == 200, "it works"
    assert secret not in str(list(AuditEvent.objects.values()))

    user = User.objects.get(user_name="trinity@example.com")
    again = portal.post(f"/users/{user.pk}/invite/", follow=True)
    assert len(link_on(again)) == 1, "the earlier link no longer works and is not shown"
    assert link_on(again) != [link]
    assert Client().get(f"/invitations/{secret}/").status_code == 404


def test_link_is_not_shown_to_other_users(portal, organization, settings):
    settings.EMAIL_BACKEND = FILES[0]
    add(portal)
    user = User.objects.get(user_name="trinity@example.com")
    other, _ = factories.make_admin(organization, "morpheus@example.com")
    assert link_on(factories.browser(other).get(f"/users/{user.pk}/")) == []


@pytest.mark.parametrize("backend", SENT)
def test_link_is_only_in_the_mail_if_mail_is_sent(portal, settings, backend):
    settings.EMAIL_BACKEND = backend
    answer = add(portal)
    assert "Invitation sent" in pages.read(answer).text
    assert link_on(answer) == []


@pytest.mark.parametrize("backend", [*FILES, *SENT])
@pytest.mark.parametrize("address", ["neo@example.com", "nobody@example.com"])
def test_password_reset_shows_the_same_message_for_every_address(admin, settings, backend, address):
    settings.EMAIL_BACKEND = backend
    text = pages.read(Client().post("/password/forgotten/", {"email": address}, follow=True)).text
    assert ("Mail is not set up" in text) is (backend in FILES)
    assert ("Check your email" in text) is (backend in SENT)
    assert address not in text


def test_file_contains_the_link_too(portal, settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES[0], str(tmp_path)
    (link,) = link_on(add(portal))
    send_due_mail()
    assert link in "".join(file.read_text() for file in tmp_path.iterdir())
    assert OutgoingMail.objects.get().sent_at
