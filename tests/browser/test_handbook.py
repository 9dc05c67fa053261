"""The provisioning handbook (docs/directory.md), step by step, in a browser. Every process is real.

One installation is both sides: its directory provisions over HTTP to its own SCIM service, using its worker and
scheduler.
"""

import json
import re
import subprocess
from contextlib import suppress
from uuid import UUID

import pytest
from playwright.sync_api import TimeoutError as StillMissingError
from playwright.sync_api import expect

from bench import launched
from tests import installations

pytestmark = pytest.mark.processes
KEIKO, AMARA, BRUNO = (f"{name}@harborpine.example" for name in ("keiko.tanaka", "amara.okafor", "bruno.okafor"))
NAMES = {KEIKO: "Keiko Tanaka", AMARA: "Amara Okafor", BRUNO: "Bruno Okafor"}
GROUP = "Engineering"
QUESTIONS = {
    "service=Account+Provisioning&category=UserManagement": 4,
    "activity=Delete+user": 2,
    "activity=Hard+Delete+user": 2,
    "activity=Restore+user": 1,
}
"""Filters of the audit log, and the minimum number of events about Keiko that each finds."""
WITHIN = 60.0
"""Seconds for a cycle to begin and end."""
ORDERS = """
import sys, django
django.setup()
from audit.actor import COMMAND
from directory.engine.demo_clock import forward
from directory.engine.control import start_now
from directory.models import Application
for line in sys.stdin:
    order, key = line.split()
    application = Application.objects.get(pk=key)
    print(start_now(application, actor=COMMAND) if order == "start" else forward(application, days=30, actor=COMMAND))
    sys.stdout.flush()
"""
"""Begins a cycle at once instead of within a minute, or skips 30 days. A single process, because each start is slow."""


@pytest.fixture(scope="module")
def hub():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launched, "STARTED_ONCE", installations.started_once())
        with launched.running() as running:
            yield running


class Walk:
    """An administrator who goes through the pages of one installation."""

    def __init__(self, hub, page):
        self.hub, self.page, self.site = hub, page, f"http://localhost:{hub.port}"
        self.application = ""
        env = hub.env | {"DJANGO_SETTINGS_MODULE": "controlhub.settings", "DATABASE_URL": hub.owner_url}
        command, pipe = [hub.interpreter, "-c", ORDERS], subprocess.PIPE
        self.orders = subprocess.Popen(command, cwd=hub.checkout, env=env, text=True, stdin=pipe, stdout=pipe)

    def order(self, name):
        """Run a command and return its result."""
        self.orders.stdin.write(f"{name} {self.application}\n")
        self.orders.stdin.flush()
        return self.orders.stdout.readline().strip()

    def go(self, path):
        self.page.goto(self.site + path)
        return self.page

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill_in(self, **values):
        for name, value in values.items():
            self.page.fill(f"#id_{name}", value)

    def sign_in(self):
        organization = self.hub.welcome["Organization ID"]
        made = self.hub.manage("create_admin", "neo@example.com", "--organization", organization, "--json")
        self.go("/users/")
        self.fill_in(login="neo@example.com", password=json.loads(made)["password"])
        self.press("Sign in")
        self.page.wait_for_url("**/users/")

    def add_person(self, upn):
        self.go("/directory/users/add/")
        given, surname = NAMES[upn].split()
        self.fill_in(userPrincipalName=upn, displayName=NAMES[upn], givenName=given, surname=surname, mail=upn)
        self.page.locator("main form button.btn--primary").click()
        self.page.wait_for_url(re.compile("/directory/users/[0-9a-f-]{36}/"))
        return UUID(self.page.url.rstrip("/").rpartition("/")[2])

    def select(self, path, name, action):
        """Select a user of the directory by checkbox, and confirm the action."""
        self.go(path)
        self.page.get_by_label(f"Select {name}").check()
        self.press(action)
        self.page.wait_for_load_state()
        self.page.locator("form.confirm .confirm__buttons button").click()
        self.page.wait_for_load_state()

    def start(self):
        assert self.order("start") == "None"

    def wait_for(self, path, *texts, missing=()):
        """Reload the page until it shows these texts, and none of the others."""

        def shows():
            with suppress(StillMissingError):
                main = self.go(path).locator("main").inner_text(timeout=2_000)
                return all(text in main for text in texts) and not any(text in main for text in missing)
            return False

        launched.wait_for(shows, seconds=WITHIN, message=f"{path} did not show {texts} without {missing}")

    def user_id(self, path, text):
        """The ID of a user in Control Hub, from the URL of the user's page."""
        link = self.go(path).locator("main table a", has_text=text).first.get_attribute("href")
        return UUID(link.rstrip("/").rpartition("/")[2])

    def rows_of_audit_log(self, query):
        return self.go(f"/audit/?{query}").locator("table.audit tbody tr:not(.day)").all_inner_texts()


@pytest.fixture(scope="module")
def walk(hub, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = Walk(hub, context.new_page())
    found.page.set_default_timeout(15_000)
    found.sign_in()
    yield found
    found.orders.communicate()
    context.close()


def test_handbook_works_from_the_gallery_to_a_reused_address(walk):
    first = {upn: walk.add_person(upn) for upn in NAMES}
    add_group(walk)
    token = make_token(walk)
    add_from_gallery(walk)
    assign(walk, GROUP)
    change_mapping(walk)
    connect(walk, token)
    for upn in NAMES:
        walk.wait_for(f"/users/?q={upn}", upn, "Active", missing=("Inactive",))
    walk.wait_for("/groups/", GROUP)
    earlier = walk.user_id(f"/users/?q={KEIKO}", NAMES[KEIKO])

    renamed = first[KEIKO].hex + KEIKO
    delete_and_see_it_inactive(walk, earlier, renamed)
    restore_and_see_it_active(walk, earlier, renamed)
    delete_and_see_it_inactive(walk, earlier, renamed)
    assert walk.order("forward") == "(1, 1)"
    walk.wait_for("/users/?q=tanaka", "No users found")
    expect(walk.go("/directory/users/deleted/").locator("main")).to_contain_text("No deleted users")

    assert walk.add_person(KEIKO) != first[KEIKO]
    assign(walk, NAMES[KEIKO])
    walk.start()
    walk.wait_for(f"/users/?q={KEIKO}", KEIKO, "Active", missing=("Inactive",))
    later = walk.user_id(f"/users/?q={KEIKO}", NAMES[KEIKO])
    assert later != earlier
    remove_assignment(walk, NAMES[KEIKO])
    walk.start()
    walk.wait_for(f"/users/{later}/", KEIKO, "Inactive")
    find_in_audit_log(walk)


def make_token(walk):
    walk.go("/provisioning/add/")
    walk.page.select_option("#id_client", "generic")
    walk.fill_in(name="Directory")
    walk.page.locator("form[action='/provisioning/tokens/'] button.btn--primary").click()
    walk.page.wait_for_load_state()
    return re.search(r"chub_[\w-]+", walk.page.locator("main").inner_text())[0]


def add_from_gallery(walk):
    walk.go("/directory/applications/new/")
    walk.fill_in(q="Control H")
    walk.page.press("#id_q", "Enter")
    walk.page.locator("a.gtile", has_text="Control Hub").first.click()
    walk.page.wait_for_load_state()
    walk.press("Add")
    walk.page.wait_for_url("**/directory/applications/")
    expect(walk.page.locator(".banner").first).to_contain_text("added")
    walk.page.locator("main table a", has_text="Control Hub").first.click()
    walk.page.wait_for_url(re.compile("/directory/applications/[0-9a-f-]{36}/"))
    walk.application = re.search("[0-9a-f-]{36}", walk.page.url)[0]


def connect(walk, token):
    walk.go(f"/directory/applications/{walk.application}/provisioning/")
    walk.page.select_option("#id_mode", "automatic")
    walk.fill_in(tenant_url=walk.hub.welcome["Tenant URL"], client_secret=token, interval="1")
    walk.press("Test Connection")
    expect(walk.page.locator("#tested-h, #tested")).to_contain_text(["Test Connection succeeded"])
    walk.fill_in(client_secret=token, notification_email="it@example.com")
    walk.page.check("#id_notifies")
    walk.page.select_option("#id_scope", "assigned")
    walk.page.check("#id_is_on")
    walk.press("Save")
    expect(walk.page.locator(".banner").first).to_contain_text("saved")


def change_mapping(walk):
    """An expression is tried on a person and saved after its effect was shown."""
    walk.go(f"/directory/applications/{walk.application}/mappings/")
    walk.page.locator("main table a", has_text="displayName").first.click()
    walk.page.select_option("#id_kind", "expression")
    upn, name = next(iter(NAMES.items()))
    walk.fill_in(expression='Join(" ", [givenName], [surname])', subject=upn)
    walk.press("Review changes")
    expect(walk.page.locator("#preview dl")).to_contain_text(name)
    expect(walk.page.locator("#effect")).to_contain_text(f"Objects in scope: {len(NAMES)}. Changed: 0.")
    walk.press("Save")
    expect(walk.page.locator(".banner").first).to_contain_text("The mapping of displayName is saved.")


def add_group(walk):
    """Add a group with everybody as a member."""
    walk.go("/directory/groups/add/")
    walk.fill_in(name=GROUP)
    walk.page.locator("main form button.btn--primary").click()
    walk.page.wait_for_url(re.compile("/directory/groups/[0-9a-f-]{36}/"))
    group = walk.page.url
    for name in NAMES.values():
        walk.page.goto(f"{group}members/add/?q={name}")
        walk.page.get_by_label(name, exact=True).check()
        walk.page.locator("main form[method=post] button.btn--primary").click()
        walk.page.wait_for_load_state()


def assign(walk, name):
    walk.go(f"/directory/applications/{walk.application}/assignments/")
    walk.page.get_by_role("link", name="Add assignment").click()
    walk.page.goto(
        f"{walk.page.url}?q={name}"
    )  # typing searches twice, and the second response would undo the selection
    walk.page.get_by_label(name).first.check()
    walk.press("Review assignment")
    walk.press("Assign")
    expect(walk.page.locator("main table")).to_contain_text(name)


def remove_assignment(walk, name):
    walk.go(f"/directory/applications/{walk.application}/assignments/")
    walk.page.locator("main table tr", has_text=name).get_by_role("link", name="Remove").click()
    walk.press("Remove assignment")
    walk.page.wait_for_url("**/assignments/")
    expect(walk.page.locator("main table")).not_to_contain_text(name)


def delete_and_see_it_inactive(walk, user, renamed):
    walk.select("/directory/users/", NAMES[KEIKO], "Delete user")
    walk.start()
    expect(walk.go("/directory/users/deleted/").locator("main table")).to_contain_text(KEIKO)
    walk.wait_for(f"/users/{user}/", renamed, "Inactive")
    expect(walk.go("/users/deleted/").locator("main table")).to_contain_text(KEIKO)


def restore_and_see_it_active(walk, user, renamed):
    walk.select("/directory/users/deleted/", NAMES[KEIKO], "Restore user")
    walk.start()
    walk.wait_for(f"/users/{user}/", KEIKO, "Active", missing=(renamed, "Inactive"))


def find_in_audit_log(walk):
    for query, least in QUESTIONS.items():
        found = [row for row in walk.rows_of_audit_log(query) if "tanaka" in row.lower()]
        assert len(found) >= least, (query, found)
