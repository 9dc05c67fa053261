"""The outbox: failed mail is retried, sent mail is cleared, and expiring tokens are announced."""

from datetime import timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import psycopg
import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.db.models.functions import Extract, Now

from controlhub.actions import outbox
from controlhub.actions.mail import mail_account, mail_admins, mail_operators
from controlhub.actions.outbox import TRIED_FOR, send_due_mail, sweep_mail
from controlhub.actions.tokens import revoke_token, revoke_tokens, warn_of_expiry
from controlhub.models import AccessToken, OutgoingMail, Permission, Role
from tests import factories, servers


@pytest.fixture
def letter(organization):
    return OutgoingMail.objects.create(organization=organization, address="a@example.com", subject="S", body="B")


def due_again():
    OutgoingMail.objects.filter(try_at__isnull=False).update(try_at=Now())


def broken_by(error):
    def broken(*_):
        raise error

    return broken


def test_failed_mail_is_retried_for_two_days(letter, monkeypatch):
    monkeypatch.setattr("controlhub.actions.outbox.send_mail", broken_by(SMTPServerDisconnected("away")))
    assert send_due_mail() == send_due_mail() == 0
    letter.refresh_from_db()
    assert (letter.tries, letter.error) == (1, "SMTPServerDisconnected")
    OutgoingMail.objects.update(created_at=Now() - TRIED_FOR + timedelta(minutes=1))
    for _ in range(30):
        due_again()
        send_due_mail()
    letter.refresh_from_db()
    assert (letter.tries, letter.try_at is None) == (31, False)
    OutgoingMail.objects.update(created_at=Now() - TRIED_FOR)
    due_again()
    send_due_mail()
    letter.refresh_from_db()
    assert (letter.try_at, letter.body) == (None, "B")
    monkeypatch.undo()
    OutgoingMail.objects.update(try_at=Now())
    assert send_due_mail() == 1
    assert [message.body for message in mail.outbox] == ["B"]


OUTAGES = [
    ConnectionRefusedError(111, "refused"),
    TimeoutError("timed out"),
    SMTPServerDisconnected("away"),
    SMTPConnectError(554, b"no"),
    SMTPAuthenticationError(535, b"no"),
    SMTPSenderRefused(421, b"closing", "a@example.com"),
]
REFUSALS = [
    SMTPRecipientsRefused({"a@example.com": (550, b"no such user")}),
    SMTPSenderRefused(550, b"no", "a@example.com"),
    SMTPDataError(554, b"spam"),
    ValueError("Invalid address"),
]


@pytest.fixture
def letters(organization):
    return [
        OutgoingMail.objects.create(organization=organization, address=f"{n}@example.com", subject="S", body="B")
        for n in range(5)
    ]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_server_failure_ends_the_run_and_keeps_all_mail(letters, monkeypatch, error):
    """The next run tries the same message first, which counts the attempts so that the delay grows."""
    calls, waits = [], []

    def broken(*args):
        calls.append(args)
        raise error

    monkeypatch.setattr("controlhub.actions.outbox.send_mail", broken)
    for number in range(1, 7):
        due_again()
        assert send_due_mail() == send_due_mail() == 0
        assert len(calls) == number, "one try, and none while everything waits"
        [wait] = set(OutgoingMail.objects.values_list(Extract(F("try_at") - Now(), "epoch"), flat=True))
        waits.append(round(wait / 60))
    assert waits == [1, 2, 4, 8, 15, 15]
    assert [letter.tries for letter in OutgoingMail.objects.order_by("pk")] == [6, 0, 0, 0, 0]
    monkeypatch.undo()
    due_again()
    assert send_due_mail() == 5


@pytest.mark.parametrize("error", REFUSALS, ids=repr)
def test_refused_message_does_not_stop_the_run(letters, monkeypatch, error):
    monkeypatch.setattr("controlhub.actions.outbox.send_mail", broken_by(error))
    assert send_due_mail() == 0
    assert set(OutgoingMail.objects.values_list("tries", flat=True)) == {1}


def test_run_sends_one_batch_and_the_next_run_continues(letters, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    assert [send_due_mail() for _ in range(4)] == [2, 2, 1, 0]
    assert sorted(message.to for message in mail.outbox) == [[letter.address] for letter in letters]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_during_sending(letter, monkeypatch):
    """Others can change the row, no transaction is open, and a second run does not take the message."""
    monkeypatch.setattr("controlhub.actions.outbox.send_mail", lambda *_: seen.append(look()))
    seen = []

    def look():
        with psycopg.connect(servers.database_url()) as other:
            other.execute("SET lock_timeout = '100ms'")
            other.execute("SELECT 1 FROM controlhub_outgoingmail FOR UPDATE")
        return connection.in_atomic_block, send_due_mail()

    assert send_due_mail() == 1
    assert seen == [(False, 0)]


def test_message_is_sent_again_if_the_process_died(letter, monkeypatch):
    """Delivery is at least once: the lease of the first run expires, and the next run sends the message."""

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    monkeypatch.setattr("controlhub.actions.outbox.send_mail", die)
    with pytest.raises(Killed):
        send_due_mail()
    monkeypatch.undo()
    assert send_due_mail() == 0, "the lease lasts"
    due_again()
    assert send_due_mail() == 1
    letter.refresh_from_db()
    assert (letter.tries, letter.error) == (2, "")


def test_run_with_expired_lease_does_not_overwrite_the_next_one(letter, monkeypatch):
    def slow(*_):
        monkeypatch.undo()
        due_again()
        assert send_due_mail() == 1, "another run takes the message and sends it"
        raise SMTPServerDisconnected("too late")

    monkeypatch.setattr("controlhub.actions.outbox.send_mail", slow)
    assert send_due_mail() == 0
    letter.refresh_from_db()
    assert (letter.error, letter.try_at) == ("", None)
    assert letter.sent_at is not None


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.1.2.3', 25)"), "ConnectionRefusedError"),
        (OSError(13, "Permission denied", "/srv/hub/var/mail/1.log"), "PermissionError"),
        (SMTPAuthenticationError(535, b"relay 10.1.2.3 says no"), "SMTPAuthenticationError 535"),
        (SMTPRecipientsRefused({"a@example.com": (550, b"relay.internal: no such user")}), "SMTPRecipientsRefused 550"),
    ],
)
def test_page_shows_the_kind_of_failure_and_the_log_shows_everything(
    letter, admin, portal, monkeypatch, caplog, error, shown
):
    caplog.set_level("WARNING")
    monkeypatch.setattr("controlhub.actions.outbox.send_mail", broken_by(error))
    send_due_mail()
    letter.refresh_from_db()
    assert letter.error == shown
    page = portal.get("/jobs/").content.decode()
    assert shown in page
    assert not any(part in page for part in ("10.1.2.3", "/srv/hub", "relay"))
    assert str(error) in caplog.text


@pytest.mark.parametrize(("days", "mails"), [(31, 0), (29, 1), (6, 1), (0.5, 1)])
def test_expiring_token_is_announced(organization, admin, days, mails):
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


def test_expiry_is_announced_30_7_and_1_days_before(organization, admin):
    factories.make_token(organization)
    for days in (29, 20, 7, 3, 1, 0.1):
        AccessToken.objects.update(expires_at=Now() + timedelta(days=days))
        warn_of_expiry()
    assert OutgoingMail.objects.count() == 3


def test_revoked_or_expired_token_is_not_announced(organization, admin):
    token, _ = factories.make_token(organization)
    revoke_token(token, actor=factories.COMMAND)
    factories.make_token(organization)
    AccessToken.objects.exclude(pk=token.pk).update(expires_at=Now() - timedelta(days=1))
    assert warn_of_expiry() == 0


def test_all_tokens_of_one_person_or_of_everybody_are_revoked(organization, other_organization):
    user = factories.make_user(organization)
    for _ in range(2):
        factories.make_token(organization, user=user)
    factories.make_token(organization)
    factories.make_token(other_organization)
    assert revoke_tokens(organization, user=user, actor=factories.COMMAND) == 2
    assert revoke_tokens(organization, actor=factories.COMMAND) == 1
    assert AccessToken.objects.filter(revoked_at=None).count() == 1


def test_unsendable_mail_does_not_stop_the_others(organization, letter, monkeypatch):
    def refuse(subject, body, sender, to):
        if to == ["a@b@c"]:
            raise ValueError(f"Invalid address {to}")
        return mail.send_mail(subject, body, sender, to)

    monkeypatch.setattr("controlhub.actions.outbox.send_mail", refuse)
    OutgoingMail.objects.create(organization=organization, address="a@b@c", subject="S", body="B")
    OutgoingMail.objects.create(organization=organization, address="b@example.com", subject="Two\nlines", body="B")
    assert send_due_mail() == 2
    assert {message.subject for message in mail.outbox} == {"S", "Two lines"}
    assert OutgoingMail.objects.get(sent_at=None).tries == 1


def test_addresses_are_deleted_after_a_month(letter):
    send_due_mail()
    assert sweep_mail() == 0
    OutgoingMail.objects.update(created_at=Now() - timedelta(days=31))
    assert sweep_mail() == 1


@pytest.mark.parametrize("addresses", [[], ["operator@example.com"]])
def test_operators_of_an_empty_installation_get_no_mail(db, settings, addresses):
    settings.OPERATOR_EMAIL = addresses
    assert mail_operators(subject=lambda: "Overdue", template="mail/test.txt", context={}) == 0
    assert not OutgoingMail.objects.exists()


def test_name_that_is_not_an_email_address_gets_no_mail(organization):
    account, _ = factories.make_admin(organization, "neo")
    text = {"subject": lambda: "Overdue", "template": "mail/test.txt"}
    assert mail_admins(organization, Permission.VIEW_USERS, **text, context={}) == 0
    mail_account(account, **text, by="Smith")
    answer = factories.browser(account).post("/organization/mail/test/", follow=True)
    assert "is not an email address" in answer.content.decode()
    assert not OutgoingMail.objects.exists()
