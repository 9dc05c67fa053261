"""The pages about users: what they show, and that their buttons all use the same set of actions."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import User
from tests import factories, pages
from tests.bulk import press_many


@pytest.fixture
def barbara(organization):
    name = {"givenName": "Barbara", "familyName": "Jensen"}
    return factories.make_user(organization, "bjensen@example.com", displayName="Barbara Jensen", name=name)


def text(response):
    return pages.read(response).text


def test_list_shows_people_with_their_status(organization, portal, barbara):
    gone = factories.make_user(organization, "smith@example.com", displayName="Agent Smith")
    delete_user(gone, actor=factories.COMMAND)
    assert "Agent Smith" not in pages.read(portal.get("/users/")).text, "deleted users have their own list"
    assert "Barbara Jensen" in pages.read(portal.get("/users/")).text
    page = pages.read(portal.get("/users/deleted/"))
    assert "smith@" in page.text
    assert gone.id.hex not in page.text, "a tombstone name is not what people know"
    assert "Barbara Jensen" not in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=jensen", {"bjensen"}),
        ("q=BJENSEN%40example", {"bjensen"}),
        ("q=nobody", set()),
        ("q=%25", set()),
        ("status=active", {"bjensen", "neo"}),
        ("status=inactive", {"cypher"}),
        ("status=deleted", set()),
        ("role=any", {"neo"}),
        ("connection=none&domain=example.com", {"bjensen", "cypher", "neo"}),
        ("errors=yes", {"bjensen"}),
        ("errors=yes&status=inactive", set()),
        ("errors=no", set()),
        ("status=nonsense", set()),
    ],
)
def test_search_and_filters_find_the_expected_users(organization, portal, barbara, query, found):
    deactivate_user(factories.make_user(organization, "cypher@example.com"), actor=factories.COMMAND)
    smith = factories.make_user(organization, "smith@example.com")
    delete_user(smith, actor=factories.COMMAND)
    for user in (barbara, smith):
        factories.make_provisioning_error(user)
    page = pages.read(portal.get(f"/users/?{query}", headers={"HX-Request": "true"}))
    assert page.is_fragment, "htmx gets the table alone"
    assert {word.partition("@example.com")[0] for word in page.text.split() if "@example.com" in word} == found


def test_pages_keep_the_query(organization, portal):
    for index in range(60):
        factories.make_user(organization, f"user{index:02}@example.com")
    page = pages.read(portal.get("/users/?q=user"))
    assert "60 users" in page.text
    assert page.link("Next").startswith("?q=user&after=")
    assert portal.get("/users/?after=nonsense").status_code == 200


def test_list_without_matches_says_so(portal):
    assert "No users found" in text(portal.get("/users/?q=zzz"))


def test_user_page_shows_its_events(portal, barbara):
    portal.post(f"/users/{barbara.pk}/deactivate/")
    page = text(portal.get(f"/users/{barbara.pk}/"))
    assert "Disable account" in page
    assert "Add user" in page
    assert "Permanent deletion:" in page


def test_user_can_be_deactivated_deleted_and_restored_by_buttons(portal, barbara):
    def state():
        user = User.objects.get(pk=barbara.pk)
        return user.status, user.shown_user_name

    assert "becomes Inactive" in text(portal.get(f"/users/{barbara.pk}/deactivate/"))
    assert state() == ("active", "bjensen@example.com"), "asking changes nothing"
    portal.post(f"/users/{barbara.pk}/deactivate/")
    assert state() == ("inactive", "bjensen@example.com")
    portal.post(f"/users/{barbara.pk}/reactivate/")
    assert state() == ("active", "bjensen@example.com")
    portal.post(f"/users/{barbara.pk}/delete/")
    assert state() == ("deleted", "bjensen@example.com")
    assert User.objects.get(pk=barbara.pk).user_name == f"{barbara.pk.hex}bjensen@example.com"
    portal.post(f"/users/{barbara.pk}/reactivate/")
    assert state() == ("active", "bjensen@example.com")
    assert User.objects.get(pk=barbara.pk).user_name == "bjensen@example.com"
    events = AuditEvent.objects.about(barbara.pk).filter(actor_kind="admin").order_by("created_at")
    assert [event.activity for event in events] == ["Disable account", "Enable account", "Delete user", "Restore user"]
    assert {event.service for event in events} == {"Core Directory"}


def test_name_taken_in_the_meantime_prevents_the_restore(organization, portal, barbara):
    portal.post(f"/users/{barbara.pk}/delete/")
    factories.make_user(organization, "BJensen@example.com")
    response = portal.post(f"/users/{barbara.pk}/reactivate/", follow=True)
    assert "has been taken by another user" in text(response)
    assert not User.objects.get(pk=barbara.pk).active


def test_permanent_deletion_requires_typing_the_name(portal, barbara):
    url = f"/users/{barbara.pk}/purge/"
    assert portal.post(url, {"confirm": "bjensen@example.com"}).status_code == 409, "not while Active"
    portal.post(f"/users/{barbara.pk}/delete/")
    assert portal.post(url, {"confirm": "somebody"}).status_code == 422
    assert User.objects.filter(pk=barbara.pk).exists()
    assert portal.post(url, {"confirm": "BJENSEN@example.com"}).status_code == 302
    assert not User.objects.filter(pk=barbara.pk).exists()


@pytest.mark.parametrize("verb", ["deactivate", "delete"])
def test_last_full_administrator_cannot_be_deactivated_or_deleted(admin, portal, verb):
    response = portal.post(f"/users/{admin.user_id}/{verb}/")
    assert response.status_code == 409
    assert "last active full administrator" in text(response)
    assert User.objects.get(pk=admin.user_id).active


def test_number_of_queries_does_not_grow_with_the_list(organization, portal, django_assert_max_num_queries):
    for index in range(40):
        factories.make_user(organization, f"user{index:02}@example.com")
    # Session, account, notices and secrets; connections and groups in the filters; settings, page, groups and counts,
    # and those of the four built-in views.
    with django_assert_max_num_queries(20):
        portal.get("/users/")


def test_several_users_are_deactivated_after_confirmation(organization, admin, portal, barbara):
    smith = factories.make_user(organization, "smith@example.com", displayName="Agent Smith")
    ids = [str(barbara.pk), str(smith.pk), str(admin.user_id)]
    assert len(pages.read(portal.get("/users/")).all("input[name=ids]")) == 3
    preview = text(portal.post("/users/deactivate/", {"ids": ids}))
    assert "Your own account" in preview, "the exception is named with its reason"
    assert User.objects.filter(active=True).count() == 3, "a preview changes nothing"
    press_many(portal, "/users/deactivate/", ids)
    assert "Select at least one user." in text(portal.post("/users/deactivate/", {}, follow=True))
    assert [user.pk for user in User.objects.filter(active=True)] == [admin.user_id]
