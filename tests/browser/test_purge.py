"""Share limit, burst breaker and legal hold in a real Chromium, with a real worker and scheduler."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from playwright.sync_api import expect

from audit.actor import Actor, ActorKind
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import ScheduledJob, User
from tests import factories, servers

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
DIRECTORY = Actor(ActorKind.CLIENT, label="Entra ID")


@pytest.fixture
def people(transactional_db):
    organization = factories.make_organization()
    account, password = factories.make_admin(organization)
    change_policies(organization, changes={"purge_floor": 3}, actor=factories.COMMAND)
    users = [
        factories.make_user(organization, f"user{index}@example.com", displayName=f"User {index}") for index in range(6)
    ]
    return account, password, users


def age(users):
    User.objects.filter(pk__in=[user.pk for user in users]).update(deactivated_at=Now() - timedelta(days=31))


def runs():
    return ScheduledJob.objects.get(pk="purge_users").runs


def left():
    return set(User.objects.filter(portal_role="").values_list("display_name", flat=True))


def test_hold_share_limit_and_burst_delay_deletion(open_page, site, people, tmp_path):
    users = people[2]
    page = open_page()
    page.goto(f"{site}/users/{users[0].pk}/")
    page.get_by_role("link", name="Legal hold").click()
    page.fill("#id_reason", "Case 7")
    page.get_by_role("button", name="Place legal hold").click()
    expect(page.locator("main")).to_contain_text("Legal hold: Case 7")

    for user in users:
        delete_user(user, actor=factories.COMMAND)
    age(users)
    with servers.background(tmp_path):
        banner = page.locator(".banner").get_by_text("5 users are due for permanent deletion")
        servers.wait_for(lambda: page.goto(f"{site}/users/deleted/") and banner.count(), message="no banner was shown")
        expect(banner).to_be_visible()
        assert len(left()) == 6
        page.get_by_role("link", name="Review the deletion").click()
        page.get_by_role("button", name="Allow deletion").click()
        servers.wait_for(lambda: left() == {"User 0"}, message="the allowed purge did not go on")
        page.goto(f"{site}/purges/")
        deleted = page.get_by_role("table", name="Permanently deleted users")
        expect(deleted).to_contain_text("The retention period has ended")

        crowd = [
            factories.make_user(people[0].user.organization, f"new{index}@example.com", displayName=f"New {index}")
            for index in range(5)
        ]
        for user in crowd:
            deactivate_user(user, actor=DIRECTORY)
        servers.wait_for(lambda: User.objects.filter(reviewed=False).count() == 5, message="the burst was not found")
        page.goto(f"{site}/users/")
        expect(page.locator(".banner").get_by_text("5 users became Inactive during a spike")).to_be_visible()
        age(crowd[:2])
        seen = runs()
        servers.wait_for(lambda: runs() > seen + 1, message="the purge did not run again")
        assert len(left()) == 6, "nobody goes before somebody has looked"
        page.get_by_role("link", name="Confirm deactivations").click()
        page.get_by_role("button", name="Confirm deactivations").click()
        servers.wait_for(lambda: len(left()) == 4, message="after the review the retention did not go on")
    page.goto(f"{site}/jobs/")
    expect(page.get_by_role("table", name="Scheduled jobs")).to_contain_text("deleted")
