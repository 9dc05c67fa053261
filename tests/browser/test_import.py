"""An import of 1,000 rows in a real Chromium: progress, pause, cancel, and the same file again until it is complete."""

import pytest
from playwright.sync_api import expect

from controlhub.actions.jobs import running
from controlhub.models import Job, JobState, User
from tests import servers

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, PORTION = 1_000, 200
SECONDS = 60_000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    lines = (f"new{number}@example.com,Given{number},Family{number}\n" for number in range(ROWS))
    path.write_text("Email,First Name,Last Name\n" + "".join(lines))
    return path


@pytest.fixture
def worker(tmp_path):
    """Returns a context manager that runs a real worker."""

    def start(name):
        (tmp_path / name).mkdir()
        return servers.background(tmp_path / name, workers=("long",))

    return start


def check(page, site, file):
    """Upload the file and confirm its columns. A worker then checks it."""
    page.goto(f"{site}/users/import/")
    page.set_input_files("input[type=file]", file)
    page.click("button:has-text('Upload')")
    page.click(f"button:has-text('Check {ROWS} rows')")


def wait_for_check(page):
    """The page shows the rows automatically when the check is done."""
    expect(page.locator(".sums__create b")).to_be_visible(timeout=SECONDS)


def imported():
    return User.objects.filter(user_name__startswith="new").count()


def test_import_shows_progress_and_can_be_paused_and_cancelled(open_page, site, file, worker):
    page = open_page()
    with worker("check"):
        check(page, site, file)
        wait_for_check(page)
    assert page.locator(".sums__create b").inner_text() == f"{ROWS:,}"
    page.click("form button:has-text('Import')")
    job = Job.objects.get(kind="user-import")

    running.run_job_at_once(job, steps=1)
    bar = page.locator("#job progress")
    expect(bar).to_have_attribute("value", str(PORTION), timeout=SECONDS)
    expect(page.locator("#job")).to_contain_text(f"{PORTION} of {ROWS} (20%)")
    page.click("#job button:has-text('Pause')")
    expect(page.locator("#job .status")).to_have_text("Paused")
    running.run_job_at_once(job, steps=1)
    assert imported() == PORTION, "a paused job stands still"

    page.click("#job button:has-text('Resume')")
    running.run_job_at_once(job, steps=1)
    expect(bar).to_have_attribute("value", str(2 * PORTION), timeout=SECONDS)
    page.click("#job button:has-text('Cancel job')")
    expect(page.locator("#job .status")).to_have_text("Canceled")
    running.run_job_at_once(job, steps=1)
    assert imported() == 2 * PORTION
    page.click("a:has-text('Open the result')")
    assert page.locator(".sums__created b").inner_text() == str(2 * PORTION)
    assert page.locator(".sums__waiting b").inner_text() == str(ROWS - 2 * PORTION)

    with worker("again"):
        check(page, site, file)
        wait_for_check(page)
        assert page.locator(".sums__unchanged b").inner_text() == str(2 * PORTION)
        page.click("form button:has-text('Import')")
        expect(page.locator("#job .status")).to_have_text("Done", timeout=SECONDS)
    assert imported() == ROWS
    assert Job.objects.get(kind="user-import", state=JobState.DONE).counts["created"] == ROWS - 2 * PORTION
