"""The outbox: what fails is tried again, what is sent is forgotten; tokens that expire are announced."""

from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.db.models.functions import Now

from controlhub.actions.mail import send_due_mail, sweep_mail
from controlhub.actions.tokens import revoke_token, revoke_tokens, warn_of_expiry
from controlhub.models import AccessToken, OutgoingMail, Role
from controlhub.models.mail import MAX_TRIES
from tests import factories


@pytest.fixture
def letter(organization):
    return OutgoingMail.objects.create(organization=organization, address="a@example.com", subject="S", body="B")


def due_again():
    OutgoingMail.objects.filter(try_at__isnull=False).update(try_at=Now())


def test_what_fails_is_tried_again_and_given_up_at_last(letter, monkeypatch):
    def broken(*_):
        raise SMTPServerDisconnected("away")

    monkeypatch.setattr("controlhub.actions.mail.send_mail", broken)
    assert send_due_mail() == send_due_mail() == 0
    letter.refresh_from_db()
    assert (letter.tries, letter.error) == (1, "SMTPServerDisconnected")
    for _ in range(MAX_TRIES):
        due_again()
        send_due_mail()
    letter.refresh_from_db()
    assert (letter.tries, letter.try_at, letter.body) == (MAX_TRIES, None, "B")
    monkeypatch.undo()
    OutgoingMail.objects.update(try_at=Now())
    assert send_due_mail() == 1
    assert [message.body for message in mail.outbox] == ["B"]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.1.2.3', 25)"), "ConnectionRefusedError"),
        (OSError(13, "Permission denied", "/srv/hub/var/mail/1.log"), "PermissionError"),
        (SMTPAuthenticationError(535, b"relay 10.1.2.3 says no"), "SMTPAuthenticationError 535"),
        (SMTPRecipientsRefused({"a@example.com": (550, b"relay.internal: no such user")}), "SMTPRecipientsRefused 550"),
    ],
)
def test_the_page_names_the_kind_of_a_failure_and_the_log_all_of_it(
    letter, admin, portal, monkeypatch, caplog, error, shown
):
    def broken(*_):
        raise error

    caplog.set_level("WARNING")
    monkeypatch.setattr("controlhub.actions.mail.send_mail", broken)
    send_due_mail()
    letter.refresh_from_db()
    assert letter.error == shown
    page = portal.get("/jobs/").content.decode()
    assert shown in page
    assert not any(part in page for part in ("10.1.2.3", "/srv/hub", "relay"))
    assert str(error) in caplog.text


@pytest.mark.parametrize(("days", "mails"), [(31, 0), (29, 1), (6, 1), (0.5, 1)])
def test_a_token_that_expires_is_announced(organization, admin, days, mails):
    factories.make_admin(organization, "trinity@example.com", Role.HELP_DESK)
    token, _ = factories.make_token(organization)
    AccessToken.objects.update(expires_at=Now() + timedelta(days=days))
    assert (warn_of_expiry(), warn_of_expiry()) == (mails, 0)
    assert OutgoingMail.objects.count() == mails
    if mails:
        letter = OutgoingMail.objects.get()
        assert letter.address == "neo@example.com"
        assert "Entra ID" in letter.body
        assert token.prefix in letter.body


def test_it_is_announced_at_thirty_seven_and_one_days(organization, admin):
    factories.make_token(organization)
    for days in (29, 20, 7, 3, 1, 0.1):
        AccessToken.objects.update(expires_at=Now() + timedelta(days=days))
        warn_of_expiry()
    assert OutgoingMail.objects.count() == 3


def test_what_is_revoked_or_expired_is_no_news(organization, admin):
    token, _ = factories.make_token(organization)
    revoke_token(token, actor=factories.COMMAND)
    factories.make_token(organization)
    AccessToken.objects.exclude(pk=token.pk).update(expires_at=Now() - timedelta(days=1))
    assert warn_of_expiry() == 0


def test_all_tokens_of_a_person_or_of_everybody(organization, other_organization):
    user = factories.make_user(organization)
    for _ in range(2):
        factories.make_token(organization, user=user)
    factories.make_token(organization)
    factories.make_token(other_organization)
    assert revoke_tokens(organization, user=user, actor=factories.COMMAND) == 2
    assert revoke_tokens(organization, actor=factories.COMMAND) == 1
    assert AccessToken.objects.filter(revoked_at=None).count() == 1


def test_one_mail_that_cannot_be_sent_does_not_stop_the_others(organization, letter, monkeypatch):
    def refuse(subject, body, sender, to):
        if to == ["a@b@c"]:
            raise ValueError(f"Invalid address {to}")
        return mail.send_mail(subject, body, sender, to)

    monkeypatch.setattr("controlhub.actions.mail.send_mail", refuse)
    OutgoingMail.objects.create(organization=organization, address="a@b@c", subject="S", body="B")
    OutgoingMail.objects.create(organization=organization, address="b@example.com", subject="Two\nlines", body="B")
    assert send_due_mail() == 2
    assert {message.subject for message in mail.outbox} == {"S", "Two lines"}
    assert OutgoingMail.objects.get(sent_at=None).tries == 1


def test_addresses_are_forgotten_after_a_month(letter):
    send_due_mail()
    assert sweep_mail() == 0
    OutgoingMail.objects.update(created_at=Now() - timedelta(days=31))
    assert sweep_mail() == 1
