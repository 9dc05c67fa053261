"""The labels of the navigation fit when it is narrow."""

import pytest
from django.conf import settings
from django.utils.translation import override

from controlhub.portal.navigation import SECTIONS
from controlhub.text.hyphens import SOFT_HYPHEN, hyphenated
from tests import factories, pages

MOST = 14
"""The number of characters that fit in a line of the navigation at 1,280 pixels."""


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_word_fits_in_a_line_or_can_be_broken(language):
    with override(language):
        labels = [str(item.label) for section in SECTIONS for item in section.items]
    words = [part for label in labels for word in hyphenated(label).split() for part in word.split(SOFT_HYPHEN)]
    assert [word for word in words if len(word) > MOST] == []


def test_navigation_has_soft_hyphens(organization):
    account, _ = factories.make_admin(organization)
    page = pages.read(factories.browser(account).get("/", headers={"Accept-Language": "de"}))
    links = {link.text.strip() for link in page.all("nav.rail a")}
    assert f"Über{SOFT_HYPHEN}wachungs{SOFT_HYPHEN}protokoll" in links
