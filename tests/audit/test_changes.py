"""How an event describes a change: single elements of long lists, within limits."""

from collections import Counter

import orjson
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from audit.changes import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_NAMED,
    MAX_WHOLE,
    VERSION,
    describe_changes,
    describe_whole,
    entries_of,
)
from audit.encoding import canonical
from audit.models import AuditEvent, has_label
from controlhub.actions.admins import assign_role
from controlhub.actions.groups import create_group
from controlhub.actions.mappings import map_group
from controlhub.actions.users.purge import purge_user
from controlhub.models import Cause, Role
from tests import factories, pages
from tests.audit.recorded import recorded
from tests.factories import COMMAND


def entries(before, after):
    found = describe_changes(before, after)
    assert found.left_out == 0
    return [(entry["attribute"], entry["op"], entry["old"], entry["new"]) for entry in orjson.loads(found.text)]


def email(value, kind="work"):
    return {"value": value, "type": kind}


@pytest.mark.parametrize(
    ("before", "after", "recorded"),
    [
        ({}, {"title": "Chief"}, [("title", "added", None, "Chief")]),
        ({"title": "Chief"}, {}, [("title", "removed", "Chief", None)]),
        ({"title": "Chief"}, {"title": "Boss"}, [("title", "changed", "Chief", "Boss")]),
        ({"name": {"givenName": "A"}}, {"name": {"givenName": "B"}}, [("name.givenName", "changed", "A", "B")]),
        ({"urn:x": {"a": 1}}, {"urn:x": {"a": 1, "b": 2}}, [("urn:x:b", "added", None, 2)]),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, [("a", "added", None, 3)]),
        ({"a": [1, 2, 2]}, {"a": [2, 1]}, [("a", "removed", 2, None)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("a", "reordered", None, None)]),
        ({"a": ["x"]}, {"a": "x"}, [("a", "changed", ["x"], "x")]),
        ({}, {"a": ["x", "y"]}, [("a", "added", None, "x"), ("a", "added", None, "y")]),
        (
            {"emails": [email("a"), email("b", "home")]},
            {"emails": [email("b", "home"), email("c")]},
            [("emails", "changed", email("a"), email("c"))],
        ),
        (
            {"emails": [email("a"), email("b")]},
            {"emails": [email("b", "home"), email("c")]},
            [("emails", "changed", email("a"), email("c")), ("emails", "changed", email("b"), email("b", "home"))],
        ),
        (
            {"emails": [email("a"), email("b")]},
            {"emails": [{"value": "c", "type": "other"}]},
            [
                ("emails", "removed", email("a"), None),
                ("emails", "removed", email("b"), None),
                ("emails", "added", None, email("c", "other")),
            ],
        ),
    ],
)
def test_entries_describe_the_change(before, after, recorded):
    assert entries(before, after) == recorded


ELEMENTS = st.lists(st.one_of(st.integers(0, 5), st.builds(email, st.sampled_from("abc"), st.sampled_from(["x", "y"]))))


@given(ELEMENTS, ELEMENTS)
def test_entries_account_for_every_added_and_removed_element(before, after):
    def count(elements):
        return Counter(canonical(element) for element in elements if element is not None)

    found = [entry for entry in entries({"a": before}, {"a": after}) if entry[1] != "reordered"]
    gone, come = count(entry[2] for entry in found), count(entry[3] for entry in found)
    assert (gone, come) == (count(before) - count(after), count(after) - count(before))


@pytest.mark.parametrize("number", [MAX_ENTRIES + 50, 20_000])
def test_long_list_does_not_crowd_out_other_changes(number):
    recorded = describe_changes({}, {"emails": [email(f"{n}@example.com") for n in range(number)], "title": "Chief"})
    found = orjson.loads(recorded.text)
    assert found[0]["attribute"] == "title"
    assert len(found) == MAX_ENTRIES
    assert recorded.details == {"changes_left_out": {"count": number + 1 - MAX_ENTRIES, "attributes": ["emails"]}}


def test_entries_are_limited_in_bytes():
    long = {f"a{n}": "\U0001f600" * 2_000 for n in range(100)}
    recorded = describe_changes(long, {name: value + "!" for name, value in long.items()} | {"short": 1})
    kept = len(orjson.loads(recorded.text))
    assert MAX_BYTES // 2 < len(recorded.text.encode()) <= MAX_BYTES
    assert (kept + recorded.left_out, len(recorded.attributes)) == (101, MAX_NAMED)
    assert orjson.loads(recorded.text)[-1]["attribute"] == "short"


WHOLE = {
    "schemas": ["urn:x"],
    "userName": "neo",
    "password": "secret",
    "nickName": "x" * 5_000,
    "active": True,
    "height": 1.8,
    "none": None,
    "empty": {"list": [], "object": {}},
    "name": {"familyName": "Anderson", "givenName": "Thomas"},
    "emails": [email("b"), email("a", "home"), {"value": "c", "token": "secret"}],
    "urn:x": {"badge": "7", "name": {"nickName": "hidden"}, "password": {"value": "secret"}},
}


@pytest.mark.parametrize("secrets", [frozenset(), {"urn:x:badge", "urn:x:name.nickname", "emails.value", "active"}])
@pytest.mark.parametrize("left_out", [None, *WHOLE])
@pytest.mark.parametrize("is_added", [True, False])
def test_whole_document_has_the_same_entries(is_added, left_out, secrets):
    document = {name: value for name, value in WHOLE.items() if name != left_out}
    before, after = ({}, document) if is_added else (document, {})
    whole = describe_whole(before, after, secrets)
    assert whole.key == ("added" if is_added else "removed")
    assert b"secret" not in whole.text.encode()
    found = entries_of({whole.key: orjson.loads(whole.text)})
    expected = orjson.loads(describe_changes(before, after, secrets).text)
    assert sorted(map(canonical, found)) == sorted(map(canonical, expected))
    assert [entry["attribute"] for entry in found] == sorted(
        (entry["attribute"] for entry in expected), key=lambda name: (name.startswith("urn:"), name)
    )


@pytest.mark.parametrize(("number", "key"), [(3, "added"), (5, "changes")])
def test_long_document_is_recorded_by_entries(number, key):
    assert MAX_WHOLE == 4_096
    assert describe_whole({}, {"emails": [{"value": "x" * 1_000}] * number}).key == key


def test_change_is_recorded_by_entries():
    assert describe_whole({"title": "A"}, {"title": "B"}) == describe_changes({"title": "A"}, {"title": "B"})


def test_new_and_deleted_users_are_recorded_completely(scim, admin):
    user = scim.post("/Users", {"userName": "neo", "title": "Hacker", "emails": [email("neo@example.com")]}).document
    assert scim.delete(f"/Users/{user['id']}").status_code == 204
    for action, key, value in (("user.created", "added", "new"), ("user.purged", "removed", "old")):
        event = AuditEvent.objects.get(action=action, target_id=user["id"])
        assert event.personal.target[key]["title"] == "Hacker"
        shown = {change["attribute"]: (change["op"], change[value]) for change in event.changes}
        assert (shown["title"], shown["emails"]) == ((key, "Hacker"), (key, email("neo@example.com")))


def test_adding_one_value_to_a_thousand_long_ones_records_a_small_event(scim, organization):
    values = [{"value": f"https://example.com/{n}/{'x' * 900}", "type": "photo"} for n in range(999)]
    user = scim.post("/Users", {"userName": "neo", "photos": values}).document["id"]
    created = AuditEvent.objects.get(action="user.created")
    assert created.details["changes_left_out"]["attributes"] == ["photos"]
    assert len(orjson.dumps(created.changes)) <= MAX_BYTES
    added = {"value": "https://example.com/new"}
    assert scim.patch(f"/Users/{user}", {"op": "add", "path": "photos", "value": [added]}).status_code == 200
    event = AuditEvent.objects.get(action="user.updated")
    assert (event.version, event.changes) == (
        VERSION,
        [{"attribute": "photos", "op": "added", "old": None, "new": added}],
    )
    assert "changes_left_out" not in event.details


def test_events_of_a_bulk_request_are_limited_too(scim):
    values = [{"value": f"{n}@example.com"} for n in range(MAX_ENTRIES + 7)]
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": name, "data": {"userName": name, "emails": values}}
        for name in ("a", "b")
    ]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    assert scim.post("/Bulk", body).status_code == 200
    for event in AuditEvent.objects.filter(action="user.created"):
        assert (event.version, len(event.changes)) == (VERSION, MAX_ENTRIES)
        assert event.details["changes_left_out"]["attributes"] == ["emails"]


def test_portal_shows_the_number_of_omitted_changes(portal, organization):
    factories.make_user(organization, "neo", emails=[{"value": f"{n}@example.com"} for n in range(MAX_ENTRIES)])
    event = AuditEvent.objects.get(has_label("target", exact="neo"), action="user.created")
    page = pages.read(portal.get(f"/audit/{event.pk}/"))
    left_out = event.details["changes_left_out"]["count"]
    assert f"{left_out} more changes were not recorded: emails." in page.text
    shown = [change["new"] for change in event.changes]
    assert page.texts("ins") == [
        new["value"] if isinstance(new, dict) else {True: "true"}.get(new, new) for new in shown
    ]


def test_portal_shows_values_as_in_the_activity_of_the_user(portal, organization):
    user = factories.make_user(organization, "neo", emails=[{**email("neo@example.com"), "primary": True}])
    purge_user(user, cause=Cause.ADMIN, actor=COMMAND)
    for action, element in (("user.created", "ins"), ("user.purged", "del")):
        event = AuditEvent.objects.get(action=action, target_id=str(user.pk))
        found = pages.read(portal.get(f"/audit/{event.pk}/")).texts(element)
        assert {"true", "neo@example.com (work, primary)", "neo"} <= set(found)


def test_change_of_role_or_setting_is_one_event_with_before_and_after(organization, admin):
    """Changed on the page, by a command or through a group mapping. Unchanged values are not listed."""
    account, _ = factories.make_admin(organization, "trinity@example.com", Role.HELP_DESK)
    group = create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    map_group(group, role=Role.HELP_DESK, actor=COMMAND)
    changes = {
        "page": lambda: factories.browser(admin).post(f"/users/{account.user_id}/role/", {"role": "user_admin"}),
        "command": lambda: assign_role(account, role=Role.AUDITOR, actor=COMMAND),
        "mapping": lambda: map_group(group, role=Role.AUDITOR, actor=COMMAND),
        "setting": lambda: call_command("change_policies", str(organization.pk), "--retention-days", "9"),
    }
    found = {}
    for way, change in changes.items():
        with recorded() as events:
            change()
        (event,) = events
        found[way] = (event.actor_kind, event.target_id, [(c["attribute"], c["old"], c["new"]) for c in event.changes])
    person = str(account.user_id)
    assert found == {
        "page": ("admin", person, [("role", "help_desk", "user_admin")]),
        "command": ("command", person, [("role", "user_admin", "auditor")]),
        "mapping": ("command", str(group.pk), [("role", "help_desk", "auditor")]),
        "setting": ("command", str(organization.pk), [("retention_days", 30, 9)]),
    }
