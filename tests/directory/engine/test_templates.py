"""A complete life cycle with each gallery template, with a service that refuses what the template declares unsupported.

The request rates of the templates are not enforced.
"""

from urllib.parse import unquote

import orjson
import pytest

from directory.gallery import templates
from directory.models import Group
from directory.provisioning.quirks import Dialect
from directory.provisioning.target_paths import member
from tests.directory.engine.target import refused


class Strict:
    """Refuses each request that a service with these quirks would not support. `refusals` names them."""

    def __init__(self, target, quirks):
        self.target, self.quirks, self.refusals = target, quirks, []

    def __call__(self, method, path, number):
        del number
        data = self.target.requests[-1][2]
        reason = self.reason(method, unquote(path), orjson.loads(data) if data else {})
        if reason is None:
            return None
        self.refusals.append(f"{method} {path}: {reason}")
        return refused(501 if method == "DELETE" else 400, reason)

    def reason(self, method, path, body):
        quirks, is_group = self.quirks, path.startswith("/Groups")
        if is_group and not quirks.has_groups:
            return "no groups"
        if method == "DELETE" and not is_group and not quirks.deletes:
            return "no DELETE of users"
        if "filter=externalId" in path and not quirks.filters_by_external_id:
            return "no filter by externalId"
        if method == "PATCH":
            return self.reason_of_patch(is_group, body["Operations"])
        return None

    def reason_of_patch(self, is_group, operations):
        quirks = self.quirks
        if quirks.uses_put:
            return "no PATCH"
        for operation in operations:
            if reason := self.reason_of_operation(is_group, operation):
                return reason
        count = sum(len(each["value"]) for each in operations if each.get("path") == "members" and "value" in each)
        return "too many members" if count > quirks.members_per_request else None

    def reason_of_operation(self, is_group, operation):
        name, path, value = operation["op"], operation.get("path"), operation.get("value")
        if is_group and path == "displayName" and not self.quirks.renames_groups:
            return "groups are not renamed"
        if self.quirks.dialect is Dialect.LEGACY:
            return None if path and name[0].isupper() and not isinstance(value, bool) else "not the dialect of Entra"
        if not path or name != name.lower():
            return "an operation without path, or in upper case"
        return "active is a text" if path == "active" and not isinstance(value, bool) else None


@pytest.fixture(params=templates(), ids=lambda template: template.key)
def template(request):
    return request.param


@pytest.fixture
def world(world, target, template, monkeypatch):
    """Twelve people, four of them in two groups."""
    monkeypatch.setattr("directory.engine.client.Pace.wait", lambda self, note: None)
    world.apply_template(template.key)
    target.returns_members = template.quirks.returns_members
    target.fault = world.strict = Strict(target, template.quirks)
    world.people = [
        world.person(f"person{each:03}", attributes={"mailNickname": f"person{each:03}", "mail": f"{each}@example.com"})
        for each in range(12)
    ]
    world.first, world.second = world.group("First", *world.people[:3]), world.group("Second", *world.people[2:4])
    world.assign(*world.people, world.first, world.second)
    world.settle()
    return world


def account(world, target, person):
    """The account with the person's externalId, or with the userName if the template does not map externalId."""
    for user in target.users.values():
        if member(user, "externalId") == str(person.pk) or user["userName"] == person.user_principal_name:
            return user
    return None


def test_life_cycle_works_with_the_quirks_of_a_template(world, target, template):
    quirks, people = template.quirks, world.people
    assert len(target.users) == 12
    assert len(target.groups) == (2 if quirks.has_groups else 0)
    world.unassign(people[5])
    world.change(people[6], account_enabled=False)
    world.change(people[7], surname="Changed", given_name="New")
    world.leave(world.first, people[0])
    world.join(world.first, people[8])
    Group.objects.filter(pk=world.second.pk).update(display_name="Renamed")
    world.settle()
    assert not account(world, target, people[5]).get("active")
    assert not account(world, target, people[6]).get("active")
    if "name.familyName" in {mapping.target for mapping in template.user_mappings}:
        assert account(world, target, people[7])["name"]["familyName"] == "Changed"
    if quirks.has_groups:
        wanted = {account(world, target, each)["id"] for each in (people[1], people[2], people[8])}
        assert {each["value"] for each in target.group("First")["members"]} == wanted
        names = {group["displayName"] for group in target.groups.values()}
        assert names == {"First", "Renamed" if quirks.renames_groups else "Second"}
    gone = account(world, target, people[9])["id"]
    world.delete(people[9])
    world.settle()
    assert not target.users[gone]["active"]
    people[9].delete()
    world.second.delete()
    world.settle()
    assert (gone in target.users) is not quirks.deletes
    assert gone not in target.users or not target.users[gone]["active"]
    assert len(target.groups) == (1 if quirks.has_groups else 0)
    target.forget()
    world.settle()
    assert target.sent() == []
    assert world.strict.refusals == []


def test_many_members_are_sent_in_requests_of_the_allowed_size(world, target, template):
    world.configure(quirks={**world.application.quirks, "members_per_request": 3})
    world.strict.quirks = type(template.quirks).from_json(world.application.quirks)
    world.join(world.second, *world.people[4:])
    world.settle()
    if template.quirks.has_groups:
        assert len(target.group("Second")["members"]) == 10
    assert world.strict.refusals == []
