"""The frame of every page: the navigation and the organization."""

import pytest
from django.conf import settings

from controlhub.models import Role
from controlhub.portal.navigation import SECTIONS
from tests import factories, pages


def opened(organization, role, address="/account/"):
    account, _ = factories.make_admin(organization, f"{role}@example.com", role)
    return pages.read(factories.browser(account).get(address))


def test_navigation_has_one_icon_for_each_page():
    icons = [item.icon for section in SECTIONS for item in section.items]
    assert len(icons) == len(set(icons))


@pytest.mark.parametrize("role", Role)
def test_headings_of_the_navigation_have_pages(organization, role):
    page = opened(organization, role)
    for heading in page.all("nav.rail h2"):
        assert page.all(f'ul[aria-labelledby="{heading["id"]}"] a'), heading.text


@pytest.mark.parametrize("role", Role)
def test_every_role_can_copy_the_organization_id(organization, role):
    page = opened(organization, role)
    assert page.copied("org-id") == str(organization.pk)
    opener = page.one("button.org")
    assert page.one(f"#{opener['popovertarget']}").has_attr("popover"), "it opens without script"


def test_tenant_url_is_shown_to_roles_that_see_provisioning(organization):
    page = opened(organization, Role.FULL_ADMIN)
    assert page.copied("org-url") == f"{settings.PUBLIC_URL}/v1/scim/{organization.pk}"
    assert not opened(organization, Role.HELP_DESK).all("#org-url")
