"""The tasks of administrators, from the Overview to the result, with and without script.

The number of clicks for each task is stated in docs/tasks.md. The first line of a test is the task's name there.
"""

import json
import re
from urllib.request import Request, urlopen

import pytest
from django.db.models.functions import Now
from playwright.sync_api import expect

from controlhub.actions.jobs import running
from controlhub.models import Connection, Membership, Role, ScimRequest, User
from controlhub.models.ids import new_id
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def is_scripted(request):
    return request.param


COUNT_CLICKS = """
const count = () => sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1);
addEventListener("pointerdown", count, true);
addEventListener("change", (event) => event.target.matches("select, [type=file]") && count(), true);
"""
"""Choosing an item in a list or a file is one click. Without script, clicks are not counted."""
TASK = re.compile(r"^\| (?P<task>[^|]+?) \| (?P<clicks>\d+) \|", re.MULTILINE)


def stated_clicks():
    """The number of clicks for each task in docs/tasks.md."""
    text = (servers.ROOT / "docs" / "tasks.md").read_text()
    return {found["task"]: int(found["clicks"]) for found in TASK.finditer(text)}


@pytest.fixture
def visit(request, is_scripted, scene, site, open_context):
    """`visit(*paths)`: the browser of an administrator who follows these links, starting from the Overview."""
    context = open_context(site, scene, java_script_enabled=is_scripted)
    context.add_init_script(COUNT_CLICKS)
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    complaints = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def follow(*paths):
        page.goto(site + "/")
        for path in paths:
            page.locator(f'a[href="{path}"]:visible').first.click()
            page.wait_for_url(site + path)
        return page

    yield follow
    assert complaints == []
    if is_scripted:
        clicks = int(page.evaluate("sessionStorage.getItem('clicks')"))
        assert {request.function.__doc__: clicks}.items() <= stated_clicks().items(), clicks


def search(page, words, *, field="#id_q"):
    """Type into the search field of a list and press Enter."""
    page.fill(field, words)
    page.press(field, "Enter")


def test_inactive_user_is_found_and_restored(visit, scene):
    """Find out why a user is Inactive, and restore the user"""
    page = visit("/users/", "/users/deleted/")
    search(page, "brown")
    page.get_by_role("link", name="brown@example.com").first.click()
    expect(page.locator("#why-h")).to_contain_text("Deleted by Command line")
    page.get_by_role("button", name="Restore user").click()
    expect(page.locator(".banner").first).to_contain_text("restored")
    scene.deleted.refresh_from_db()
    assert scene.deleted.active
    assert scene.deleted.user_name == "brown@example.com"


def test_read_only_role_is_given_to_an_existing_user(visit, scene):
    """Give read-only rights to a user"""
    emails = [{"value": "trinity@example.com", "primary": True}]
    trinity = factories.make_user(scene.organization, "trinity@example.com", displayName="Trinity", emails=emails)
    page = visit("/administrators/")
    page.get_by_role("link", name="Assign role").first.click()
    search(page, "trinity")
    page.get_by_label("Trinity").check()
    page.locator("select[name=role]").select_option(label="Read-only administrator")
    page.get_by_role("button", name="Assign role").click()
    page.wait_for_url("**/administrators/")
    assert User.objects.get(pk=trinity.pk).portal_role == Role.READ_ONLY_ADMIN


def test_three_users_are_added(visit):
    """Add three users"""
    page = visit("/users/")
    page.get_by_role("link", name="Add user").click()
    page.get_by_role("link", name="Several people").click()
    for number, name in enumerate(("ada", "bob", "cyd")):
        page.fill(f"#id_r{number}-address", f"{name}@contoso.example")
    page.get_by_role("button", name="Add people").click()
    page.wait_for_url(re.compile("/users/$"))
    expect(page.locator(".banner").first).to_contain_text("3 users added")
    expect(page.locator(".codes li")).to_have_count(3)
    assert User.objects.filter(user_name__endswith="@contoso.example", source="portal").count() == 3


def test_100_users_are_imported(visit, is_scripted, tmp_path):
    """Import 100 users from a file"""
    file = tmp_path / "people.csv"
    file.write_text("Email,First Name\n" + "".join(f"new{number}@example.com,New\n" for number in range(100)))
    page = visit("/users/")
    page.get_by_role("link", name="Import").click()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check 100 rows").click()
    finish_job(page, is_scripted, "Open the check")
    expect(page.locator(".sums__create b")).to_have_text("100")
    page.get_by_role("button", name="Import 100 rows").click()
    finish_job(page, is_scripted, "Open the result")
    expect(page.locator(".sums__created b")).to_have_text("100")
    assert User.objects.filter(user_name__startswith="new").count() == 100


def finish_job(page, is_scripted, label):
    """Run the job. With script, the page shows its result automatically."""
    expect(page.locator("#job .status")).to_be_visible()
    running.run_due_jobs()
    if not is_scripted:
        page.get_by_role("link", name="Refresh").click()
        page.get_by_role("link", name=label).click()


def test_group_is_found_and_gets_a_member(visit, scene):
    """Find a group and add a member"""
    page = visit("/groups/")
    search(page, "Ops")
    page.locator("#results").get_by_role("link", name="Ops", exact=True).first.click()
    page.get_by_role("link", name="Add members").first.click()
    search(page, "jensen")
    page.get_by_label("Barbara Jensen").check()
    page.get_by_role("button", name="Add selected").click()
    page.wait_for_url(re.compile(f"/groups/{scene.ids['group_id']}/$"))
    assert Membership.objects.filter(group_id=scene.ids["group_id"], user_id=scene.active.pk).exists()


def test_search_results_are_exported(visit):
    """Export the users that a search finds"""
    page = visit("/users/")
    search(page, "jensen")
    page.wait_for_url("**q=jensen*")
    page.get_by_role("link", name="Export").first.click()
    page.get_by_label("CSV").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "bjensen@example.com" in lines[1]


def test_failed_request_of_a_connection_is_found_and_explained(visit, scene):
    """Find out why a request of a connection failed"""
    connection = Connection.objects.get(pk=scene.ids["connection_id"])
    told = {"scimType": "uniqueness", "detail": "Another user has this userName."}
    ScimRequest.objects.create(
        organization_id=scene.organization.pk, id=new_id(), at=Now(),
        connection_id=connection.pk, method="POST", path="/v1/scim/x/Users", status=409, milliseconds=3.5,
        scim_type="uniqueness", body='{"userName": "a@example.com"}', answer=json.dumps(told),
    )  # fmt: skip
    page = visit("/provisioning/")
    page.get_by_role("link", name=re.compile("Requests")).first.click()
    page.wait_for_url("**connection=*")
    page.locator("#results").get_by_role("link", name=re.compile("POST")).first.click()
    expect(page.locator("#why-h")).to_have_text("The value belongs to somebody else")
    expect(page.locator("main")).to_contain_text("Another user has this userName.")


def test_entra_is_connected_and_its_first_request_shown(visit, is_scripted, site, scene):
    """Connect Microsoft Entra ID"""
    page = visit("/provisioning/")
    page.get_by_role("link", name="Add connection").click()
    page.get_by_label("Identity provider").select_option(label="Microsoft Entra ID")
    page.get_by_label("Name", exact=True).fill("Entra of Zion")
    page.get_by_role("button", name="Create token").click()
    secret = page.locator("#secret").inner_text()
    expect(page.locator("#progress-h")).to_have_text("Waiting for the first request…")
    address = f"{site}/v1/scim/{scene.organization.pk}/Users?filter=userName%20eq%20%22x%22"
    with urlopen(Request(address, headers={"Authorization": f"Bearer {secret}"})) as answer:
        assert answer.status == 200
    again = page.get_by_role("link", name="Check now")

    def is_seen():
        if not is_scripted:  # with script, the page updates itself
            again.click()
        return "Waiting for the first request" not in page.locator("#progress-h").inner_text()

    servers.wait_for(is_seen)
    expect(page.locator("#progress-h")).to_have_text("Waiting for the first user…")
