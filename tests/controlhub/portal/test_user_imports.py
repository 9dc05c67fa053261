"""The pages of an import, as used by an administrator without script."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controlhub.actions.jobs import running
from controlhub.actions.users import delete_user
from controlhub.models import User, UserImport
from tests import factories, pages

DATA = "Email,First Name,Remarks\nzoe@example.com,Zoë,x\nmalformed@,Max,\n"


def upload(client, data=DATA, name="people.csv"):
    content = data if isinstance(data, bytes) else data.encode()
    return client.post("/users/import/", {"file": SimpleUploadedFile(name, content)})


def mapping(client, address, **changes):
    return client.post(address, {**pages.read(client.get(address)).form("").fields, **changes})


@pytest.fixture
def checked(portal):
    """The URL of an import that has been checked."""
    address = upload(portal)["Location"]
    answer = mapping(portal, address)
    running.run_due_jobs()
    return answer["Location"]


def test_upload_redirects_to_the_columns(portal):
    page = pages.read(portal.get(upload(portal)["Location"]))
    assert "zoe@example.com, malformed@" in page.text
    fields = page.form("").fields
    assert (fields["c0"], fields["c1"], fields["c2"]) == ("userName+email", "name.givenName", "")


def test_unreadable_file_is_refused_in_the_field(portal):
    answer = upload(portal, b"PK\x03\x04nonsense", "people.xlsx")
    assert answer.status_code == 409
    assert "not a valid XLSX file" in pages.read(answer).text


def test_mapping_is_remembered(portal):
    mapping(portal, upload(portal)["Location"], c2="nickName")
    fields = pages.read(portal.get(upload(portal)["Location"])).form("").fields
    assert fields["c2"] == "nickName"


def test_same_attribute_twice_is_refused(portal):
    answer = mapping(portal, upload(portal)["Location"], c2="name.givenName")
    assert answer.status_code == 409
    assert not UserImport.objects.get().check_job


def test_check_shows_errors_first_and_import_does_the_rest(portal, checked):
    page = pages.read(portal.get(checked))
    assert "malformed@ is not a valid email address." in page.text
    assert page.text.index("malformed@") < page.text.index("zoe@example.com")
    answer = portal.post(f"{checked}apply/", {})
    running.run_due_jobs()
    assert "Done" in pages.read(portal.get(answer["Location"])).text
    assert User.objects.filter(user_name="zoe@example.com").exists()


def test_failed_rows_can_be_downloaded_with_reasons(portal, checked):
    text = portal.get(f"{checked}failed/").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["Email"], row["First Name"]) == ("malformed@", "Max")
    assert "not a valid email address" in row["reason"]


def test_deleted_people_need_a_decision(portal, organization):
    delete_user(factories.make_user(organization, "gone@example.com"), actor=factories.COMMAND)
    address = mapping(portal, upload(portal, "Email\ngone@example.com\n")["Location"])["Location"]
    running.run_due_jobs()
    answer = portal.post(f"{address}apply/", {})
    assert answer.status_code == 409
    assert "Choose what happens" in pages.read(answer).text


def test_results_can_be_filtered(portal, checked):
    page = pages.read(portal.get(f"{checked}?result=create"))
    assert "zoe@example.com" in page.text
    assert "malformed@" not in page.text


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_template_can_be_imported(portal, name):
    data = portal.get(f"/users/import/template/?format={name}").getvalue()
    assert data.startswith(b"PK" if name == "xlsx" else "\ufeffuserName+email".encode())


def test_imports_of_other_organizations_are_not_found(portal, checked):
    stranger = factories.browser(factories.make_admin(factories.make_organization("Globex"), "hank@example.com")[0])
    for part in ("", "columns/", "failed/"):
        assert stranger.get(f"{checked}{part}").status_code == 404


def test_number_of_queries_does_not_depend_on_the_number_of_rows(portal, checked, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        portal.get(checked)


MIXED = """Email,Title,Remarks
zoe@example.com,=SUM(A1),"=HYPERLINK(""x"")"
morpheus@example.com,The One,+1
trinity@example.com,Pilot,
malformed@,Boss,
"""


@pytest.fixture
def imported(portal, organization):
    """The URL of an import with one row for each outcome."""
    factories.make_user(organization, "morpheus@example.com", title="Hacker")
    mails = [{"value": "trinity@example.com", "type": "work", "primary": True}]
    factories.make_user(organization, "trinity@example.com", title="Pilot", emails=mails)
    address = mapping(portal, upload(portal, MIXED)["Location"])["Location"]
    running.run_due_jobs()
    portal.post(f"{address}apply/", {})
    running.run_due_jobs()
    return address


def result_file(client, address):
    text = client.get(f"{address}result/").getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_result_file_contains_the_outcome_of_each_row(portal, organization, imported):
    rows = result_file(portal, imported)
    assert [(row["Row"], row["Result"]) for row in rows] == [
        ("2", "Created"),
        ("3", "Updated"),
        ("4", "Unchanged"),
        ("5", "Error"),
    ]
    assert "not a valid email address" in rows[3]["Reason"]
    assert rows[0]["id"] == str(User.objects.get(user_name="zoe@example.com").pk)
    assert rows[3]["id"] == ""


def test_result_file_has_no_formulas(portal, imported):
    rows = result_file(portal, imported)
    assert (rows[0]["Title"], rows[0]["Remarks"], rows[1]["Remarks"]) == ("'=SUM(A1)", '\'=HYPERLINK("x")', "'+1")
    assert User.objects.get(user_name="zoe@example.com").document["title"] == "=SUM(A1)"


def test_page_after_the_import_counts_and_lists_outcomes(portal, imported):
    page = pages.read(portal.get(imported))
    counted = {count.span.get_text(): count.b.get_text() for count in page.all("ul.sums li")}
    assert counted == {"Created": "1", "Updated": "1", "Unchanged": "1", "Errors": "1"}
    for outcome, name in (
        ("created", "zoe@"),
        ("updated", "morpheus@"),
        ("unchanged", "trinity@"),
        ("error", "malformed@"),
    ):
        rows = pages.read(portal.get(f"{imported}?outcome={outcome}")).texts("table.tbl tbody tr")
        assert len(rows) == 1
        assert name in rows[0]
    assert page.link("Download the result of every row") == f"{imported}result/"


def test_failed_row_shows_the_reason(portal, organization, checked):
    factories.make_user(organization, "zoe@example.com")
    User.objects.filter(user_name="zoe@example.com").update(connection=None)
    portal.post(f"{checked}apply/", {})
    running.run_due_jobs()
    rows = result_file(portal, checked)
    assert [row["Result"] for row in rows] == ["Error", "Error"]
    assert rows[0]["Reason"] in pages.read(portal.get(f"{checked}?outcome=error")).text


def test_rows_of_a_cancelled_import_are_not_imported(portal, checked):
    portal.post(f"{checked}apply/", {})
    job = UserImport.objects.get().job
    page = pages.read(portal.get(f"{checked}?outcome=waiting"))
    assert page.texts("tbody .res") == ["Waiting"]
    portal.post(f"/jobs/{job.pk}/cancel/", {})
    page = pages.read(portal.get(f"{checked}?outcome=waiting"))
    assert "zoe@example.com" in page.text
    assert [row["Result"] for row in result_file(portal, checked)] == ["Not imported", "Error"]


def test_result_is_not_found_before_the_import(portal, checked):
    assert portal.get(f"{checked}result/")["Location"] == checked


def test_reasons_are_in_the_language_of_the_reader(portal, checked):
    row = UserImport.objects.get().rows.get(rank=0)
    assert row.details["problems"][0][2] == "malformed@ is not a valid email address."
    german = "keine gültige E-Mail-Adresse"
    assert german in pages.read(portal.get(checked, HTTP_ACCEPT_LANGUAGE="de")).text
    answer = portal.get(f"{checked}failed/", HTTP_ACCEPT_LANGUAGE="de")
    assert german in answer.getvalue().decode()


def test_counts_of_the_check_are_hidden_during_the_import(portal, checked):
    assert pages.read(portal.get(checked)).texts(".sums b")
    answer = portal.post(f"{checked}apply/", {})
    assert not pages.read(portal.get(answer["Location"])).texts(".sums b")
    running.run_due_jobs()
    page = pages.read(portal.get(answer["Location"]))
    assert page.texts(".sums b")
    assert not page.texts(".facts dd")
