"""The page of the organization: its name, and whether mail is delivered."""

import pytest
from django.core import mail
from django.urls import reverse

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies, rename_organization
from controlhub.actions.outbox import send_due_mail
from controlhub.errors import InvalidSettingError
from controlhub.models import OutgoingMail
from tests import factories, pages
from tests.factories import COMMAND


def test_new_name_is_shown_and_recorded_once(portal, organization):
    before = organization.name
    portal.post(reverse("organization-rename"), {"name": "  Acme   Robotics "})
    organization.refresh_from_db()
    assert organization.name == "Acme Robotics"
    event = AuditEvent.objects.latest("id")
    assert event.activity == "Update organization"
    assert event.changes == [{"attribute": "name", "op": "changed", "old": before, "new": "Acme Robotics"}]
    page = pages.read(portal.get(reverse("organization-detail")))
    assert page.form(reverse("organization-rename")).fields["name"] == "Acme Robotics"


def test_same_name_records_nothing(organization, db):
    number = AuditEvent.objects.count()
    rename_organization(organization, name=organization.name, actor=COMMAND)
    assert AuditEvent.objects.count() == number


@pytest.mark.parametrize("name", ["", "   ", "x" * 201], ids=["empty", "blank", "long"])
def test_name_that_cannot_be_shown_is_refused(portal, organization, name):
    response = portal.post(reverse("organization-rename"), {"name": name})
    assert response.status_code == 422
    before = organization.name
    organization.refresh_from_db()
    assert organization.name == before
    with pytest.raises(InvalidSettingError):
        rename_organization(organization, name=name, actor=COMMAND)


def test_unknown_policy_is_refused(organization):
    number = AuditEvent.objects.count()
    changes = {"retention_days": 90, "retention_weeks": 9, "name": "Matrix"}
    with pytest.raises(InvalidSettingError, match="There is no policy name, retention_weeks"):
        change_policies(organization, changes=changes, actor=COMMAND)
    before = (organization.retention_days, organization.name)
    organization.refresh_from_db()
    assert (organization.retention_days, organization.name) == before
    assert AuditEvent.objects.count() == number


def test_policies_state_their_default(portal):
    text = pages.read(portal.get(reverse("organization-detail"))).text
    assert "Default: 30." in text


def test_test_message_goes_only_to_the_administrator(portal, admin):
    portal.post(reverse("mail-test"))
    send_due_mail()
    (message,) = mail.outbox
    assert message.to == [admin.sign_in_address]
    assert admin.user.organization.name in message.body


def test_page_shows_whether_mail_is_set_up(portal, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert "Mail is not set up" in pages.read(portal.get(reverse("organization-detail"))).text
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "Mail is not set up" not in pages.read(portal.get(reverse("organization-detail"))).text


def undelivered(organization):
    return OutgoingMail.objects.create(
        organization=organization, address="a@example.com", subject="S", body="B", error="SMTPDataError", try_at=None
    )


def test_undelivered_message_is_sent_again(portal, organization):
    message = undelivered(organization)
    assert pages.read(portal.get(reverse("job-list"))).form(reverse("mail-retry", args=[message.pk]))
    portal.post(reverse("mail-retry", args=[message.pk]))
    assert send_due_mail() == 1
    assert mail.outbox[0].to == ["a@example.com"]
    portal.post(reverse("mail-retry", args=[message.pk]))
    assert send_due_mail() == 0, "it was sent already"


def test_messages_of_other_organizations_are_not_sent_again(portal):
    message = undelivered(factories.make_organization("Other"))
    assert portal.post(reverse("mail-retry", args=[message.pk])).status_code == 404
    message.refresh_from_db()
    assert message.try_at is None
