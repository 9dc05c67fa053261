"""Importing a file of people into the directory in a real Chromium with and without script: check, import, result."""

import pytest
from playwright.sync_api import expect

from directory.models import Person
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 60_000
RELOADS = 500
FILE = """userPrincipalName,displayName,department,manager
grace@northwind.example,Grace Hopper,Research,
alan@northwind.example,Alan Turing,Research,grace@northwind.example
ada@northwind.example,Ada King,Analysis,
,Nameless,Research,
"""
"""Two new people, one of them the manager of the other, a changed person, and a row with an error."""


@pytest.fixture
def worker(tmp_path):
    (tmp_path / "worker").mkdir()
    with servers.background(tmp_path / "worker", workers=("long",)):
        yield


def number(page, name):
    return page.locator(f".sums__{name} b").inner_text()


def wait_for(page, text, name, *, with_script):
    """The page shows this number automatically, or without script after a reload."""
    shown = page.locator(f".sums__{name} b", has_text=text)
    if with_script:
        expect(shown).to_be_visible(timeout=SECONDS)
        return
    for _ in range(RELOADS):
        if shown.is_visible():
            return
        page.reload()
    pytest.fail("The number did not appear.")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no-script"])
def test_file_is_checked_and_imported(open_page, site, people, tmp_path, with_script):
    organization = people[0].user.organization
    ada = factories.make_person(organization, "ada@northwind.example", displayName="Ada Lovelace")
    path = tmp_path / "people.csv"
    path.write_text(FILE)
    page = open_page(java_script_enabled=with_script)

    page.goto(f"{site}/directory/users/")
    page.click("a:has-text('Import')")
    page.set_input_files("input[type=file]", path)
    page.click("main button:has-text('Check')")
    wait_for(page, "2", "create", with_script=with_script)
    assert [number(page, name) for name in ("create", "update", "error")] == ["2", "1", "1"]
    assert Person.objects.in_organization(organization).count() == 1, "nobody is changed by the check"
    with page.expect_download() as errors:
        page.click("a:has-text('Download rows with errors')")
    assert "Nameless" in errors.value.path().read_text()

    page.click("form button:has-text('Import')")
    wait_for(page, "2", "created", with_script=with_script)
    assert [number(page, name) for name in ("created", "updated", "error")] == ["2", "1", "1"]
    ada.refresh_from_db()
    assert (ada.display_name, ada.attributes["department"]) == ("Ada King", "Analysis")
    alan = Person.objects.get(upn_key="alan@northwind.example")
    assert alan.manager.upn_key == "grace@northwind.example"
    with page.expect_download() as result:
        page.click("a:has-text('Download the result of every row')")
    assert result.value.path().read_text().count(",Created,") == 2
