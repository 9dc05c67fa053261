"""Adding several people at once in a real Chromium, without script: pasted lines, errors, and valid lines first."""

import pytest

from controlhub.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}])
def test_people_are_added_without_script(open_page, site, complaints, viewport):
    page = open_page(java_script_enabled=False, viewport=viewport)
    page.click("a:has-text('Add user')")
    page.click("a:has-text('Several people')")
    page.fill("#id_r0-address", "zoe@example.com")
    page.fill("#id_lines", "max@example.com\tMax\tMustermann\nmalformed@\tMo\n")
    page.click("button:has-text('Add the lines to the table')")
    assert page.input_value("#id_r1-family_name") == "Mustermann"
    page.click("button:has-text('Add rows')")
    assert page.input_value("#id_r2-address") == "malformed@"
    page.click("button:has-text('Add people')")
    page.click("button:has-text('Add 2 valid people now')")
    assert page.input_value("#id_r0-address") == "malformed@"
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.fill("#id_r0-address", "mo@example.com")
    page.click("button:has-text('Add people')")
    assert page.locator("h1").inner_text() == "Mo"
    assert User.objects.filter(source="portal").count() == 3
    assert all("422" in text for text in complaints), "the browser notes refused forms"
    complaints.clear()
