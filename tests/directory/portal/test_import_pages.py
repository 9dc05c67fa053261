"""The pages of an import of people, as used by an administrator without script."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controlhub.actions.jobs.running import run_due_jobs
from directory.models import Person
from tests import factories, pages

DATA = "userPrincipalName,displayName,badge\nzoe@example.com,Zoë,7\nmalformed,Max,=1\n"
IMPORT = "/directory/users/import/"


def upload(client, data=DATA, name="people.csv"):
    content = data if isinstance(data, bytes) else data.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def rows(response):
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def checked(portal):
    address = upload(portal)["Location"]
    run_due_jobs()
    return address


def test_check_lists_errors_first_and_import_does_the_rest(portal, checked):
    assert pages.read(portal.get("/directory/users/")).link("Import users") == IMPORT
    page = pages.read(portal.get(checked))
    assert "The import adds attributes that no user has yet: badge." in page.text
    assert page.text.index("malformed") < page.text.index("zoe@example.com")
    assert not Person.objects.exists()
    assert "malformed" not in pages.read(portal.get(f"{checked}?result=create")).text
    (row,) = rows(portal.get(f"{checked}failed/"))
    assert (row["userPrincipalName"], row["badge"]) == ("malformed", "'=1")
    assert "form of an email address" in row["reason"]
    assert portal.get(f"{checked}result/")["Location"] == checked
    answer = portal.post(f"{checked}apply/")
    run_due_jobs()
    page = pages.read(portal.get(answer["Location"]))
    assert "Done" in page.text
    person = Person.objects.get()
    assert page.link("Zoë") == f"/directory/users/{person.pk}/"
    assert [row["Result"] for row in rows(portal.get(f"{checked}result/"))] == ["Created", "Error"]
    answer = portal.post(f"{checked}apply/", follow=True)
    assert "already been imported" in pages.read(answer).text


def test_check_uses_the_attribute_names_of_the_user_page(portal):
    address = upload(portal, "userPrincipalName,displayName,department\nzoe@example.com,Zoë,Sales\n")["Location"]
    run_due_jobs()
    text = pages.read(portal.get(address)).text
    assert "User principal name zoe@example.com" in text
    assert "Department Sales" in text
    assert "Account enabled true" in text


def test_unreadable_file_is_refused_in_the_field(portal):
    answer = upload(portal, "dn: cn=a\nphoto:< http://example.com/\n", "people.ldif")
    assert answer.status_code == 409
    assert "Line 2: values at a URL" in pages.read(answer).text


def test_template_can_be_imported(portal):
    header = portal.get(f"{IMPORT}template/").getvalue().decode("utf-8-sig").strip()
    cells = ["ada@example.com", "Ada", *[""] * (header.count(",") - 1)]
    address = upload(portal, f"{header}\n{','.join(cells)}\n")["Location"]
    run_due_jobs()
    assert "ada@example.com" in pages.read(portal.get(f"{address}?result=create")).text


def test_imports_of_other_organizations_are_not_found(portal, checked):
    stranger = factories.browser(factories.make_admin(factories.make_organization("Globex"), "hank@example.com")[0])
    for part in ("", "failed/", "result/"):
        assert stranger.get(f"{checked}{part}").status_code == 404


def test_reasons_are_in_the_language_of_the_reader(portal):
    address = upload(portal, "userPrincipalName,manager\nzoe@example.com,nobody@example.com\n")["Location"]
    run_due_jobs()
    page = pages.read(portal.get(address, HTTP_ACCEPT_LANGUAGE="de"))
    assert "nobody@example.com" in page.text
    assert "No user of this directory" not in page.text
