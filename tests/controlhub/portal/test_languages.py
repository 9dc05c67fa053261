"""The language of pages: the browser's, or the one chosen by a signed-in administrator."""

from datetime import datetime

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, override

from controlhub.actions.admins import set_language
from controlhub.user_lists import Count
from tests import factories, pages
from tests.pseudo import LANGUAGE, accented

GERMAN = {"Accept-Language": "de-AT, en;q=0.5"}


def language_of_page(response):
    return pages.read(response).one("html")["lang"]


@pytest.mark.parametrize(("headers", "expected"), [(GERMAN, LANGUAGE), ({}, "en"), ({"Accept-Language": "fr"}, "en")])
def test_pages_use_the_language_of_the_browser(speaks_pseudo, db, client, headers, expected):
    response = client.get("/sign-in/", headers=headers)
    assert language_of_page(response) == expected == response["Content-Language"]
    assert "Accept-Language" in response["Vary"]
    assert get_language() == "en", "the language ends with the request"


def test_choice_of_an_administrator_has_precedence(speaks_pseudo, portal, admin):
    assert language_of_page(portal.get("/users/", headers=GERMAN)) == LANGUAGE
    portal.post(reverse("language-choose"), {"language": "en"})
    assert language_of_page(portal.get("/users/", headers=GERMAN)) == "en"
    portal.post(reverse("language-choose"), {"language": LANGUAGE})
    page = portal.get(reverse("account-detail"))
    assert language_of_page(page) == LANGUAGE
    assert accented("Sessions") in pages.read(page).text
    assert pages.read(page).form(reverse("language-choose")).fields["language"] == LANGUAGE


def test_only_complete_languages_are_offered(portal, admin):
    portal.post(reverse("language-choose"), {"language": "tlh"})
    admin.refresh_from_db()
    assert admin.language == ""
    set_language(admin, language="tlh")
    assert language_of_page(portal.get("/users/")) == "en"


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [(0, "Aufträge", "0"), (1, "Auftrag", "1"), (2, "Aufträge", "2"), (1_000, "Aufträge", "1.000")],
)
def test_german_counts_use_plurals_and_number_format(number, noun, shown):
    with override("de"):
        text = ngettext("{number} job finished", "{number} jobs finished", number).format(number=Count(number))
        assert text.split()[:2] == [shown, noun]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("SHORT_DATE_FORMAT", "2. Sept. 2026"),
        ("MONTH_DAY_FORMAT", "2. Sept."),
        ("SHORT_DATETIME_FORMAT", "2. Sept. 2026, 00:00"),
    ],
)
def test_german_month_abbreviations_end_with_a_period(name, shown):
    with override("de"):
        assert date_format(datetime(2026, 9, 2), name) == shown


@pytest.mark.parametrize("name", ["user-list", "user-detail"])
def test_command_line_is_named_in_the_language_of_the_page(portal, organization, name):
    user = factories.make_user(organization, "bjensen@example.com")
    address = reverse(name, args=[] if name == "user-list" else [user.pk])
    assert "Command line" in pages.read(portal.get(address)).text
    text = pages.read(portal.get(address, headers={"Accept-Language": "de"})).text
    assert "Befehlszeile" in text
    assert "Command line" not in text
