"""Errors and mail are in the reader's language; SCIM and the audit log stay English."""

import pytest
from django.utils.translation import gettext, override

from controlhub.actions.admins import set_language
from controlhub.actions.invitations import Person, add_user, invite_user
from controlhub.actions.mail import mail_account
from controlhub.errors import InvalidSettingError, LastFullAdminError
from controlhub.models import Cause, OutgoingMail
from controlhub.models.policies import RETENTION_DAYS
from controlhub.text.languages import language_of
from tests import factories
from tests.factories import COMMAND
from tests.pseudo import ACCENTS, LANGUAGE, accented


def test_first_supported_language_is_used(speaks_pseudo):
    assert language_of("", "fr, de-AT;q=0.8, en;q=0.5") == LANGUAGE
    assert language_of("fr", "en-GB") == "en"
    assert language_of("", "*", "no language at all!") == "en"


@pytest.mark.parametrize("language", ["en", LANGUAGE])
def test_domain_errors_use_the_active_language(speaks_pseudo, language):
    with override(language):
        built_in = LastFullAdminError().message
        with pytest.raises(InvalidSettingError) as refused:
            RETENTION_DAYS.clean(0)
        formatted = refused.value.message
    assert all(set(ACCENTS) & set(text) for text in (built_in, formatted)) is (language == LANGUAGE)
    assert "retention_days" in formatted, "names stay as they are"
    assert "365" in formatted


def test_scim_errors_are_english_whatever_the_client_accepts(speaks_pseudo, organization, scim):
    factories.make_user(organization, "bjensen@example.com")
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen@example.com"}
    response = scim.post("/Users", body, **{"Accept-Language": LANGUAGE})
    assert response.status_code == 409
    assert not set(ACCENTS) & set(response.document["detail"])


def test_audit_reasons_stay_in_english(speaks_pseudo, organization):
    with override(LANGUAGE):
        assert Cause.ADMIN.recorded == "Deleted permanently by an administrator"
        assert str(Cause.ADMIN.label) == accented("Deleted permanently by an administrator")


def test_invitation_is_in_the_language_of_the_directory(speaks_pseudo, organization):
    user, _secret = add_user(organization, Person("trinity@example.com", "Trinity"), role=None, actor=COMMAND)
    assert "You are invited" in OutgoingMail.objects.latest("created_at").subject
    user.document["preferredLanguage"] = "de-CH"
    user.save()
    invite_user(user, actor=COMMAND)
    mail = OutgoingMail.objects.latest("created_at")
    assert set(ACCENTS) & set(mail.subject)
    assert set(ACCENTS) & set(mail.body)


def test_mail_to_administrators_is_in_their_chosen_language(speaks_pseudo, organization, admin):
    set_language(admin, language=LANGUAGE)
    mail_account(admin, subject=lambda: gettext("Overdue: {names}"), template="mail/factors_removed.txt", by="Smith")
    mail = OutgoingMail.objects.latest("created_at")
    assert accented("Overdue: {names}") in mail.subject
    assert "Smith" in mail.body
    assert set(ACCENTS) & set(mail.body)
