"""The mapping editor in a browser: the preview follows the input, and only fields for the type are shown."""

from directory.actions.applications import add_application
from directory.gallery import template_of
from tests import factories
from tests.factories import COMMAND


def test_preview_follows_the_expression(open_page, site, people):
    organization = people[0].user.organization
    factories.make_person(organization, givenName="Ada", surname="Lovelace")
    application = add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)
    page = open_page()
    page.goto(f"{site}/directory/applications/{application.pk}/mappings/users/1/")
    assert page.locator("#preview").inner_text().count("ada@example.com") == 2
    assert not page.locator("#id_expression").is_visible()
    page.select_option("#id_kind", "expression")
    assert not page.locator("#id_attribute").is_visible()
    page.fill("#id_expression", 'Join("-", [surname], ToUpper([givenName]))')
    page.locator("#preview", has_text="Lovelace-ADA").wait_for()
    page.fill("#id_expression", 'Join("-", [surname]')
    page.locator("#preview", has_text="Line 1, column 20").wait_for()
