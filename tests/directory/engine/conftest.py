"""A directory, an application and a model of its SCIM service."""

import pytest
from django.db.models import F
from django.db.models.functions import Now

from controlhub.security.networks import AllowedNetwork
from controlhub.text.names import canonical_key
from directory.engine import running
from directory.engine.claims import claim_one
from directory.gallery import template_of
from directory.models import (
    Application,
    Assignment,
    Cycle,
    Group,
    Membership,
    Operation,
    Outcome,
    Person,
    SyncState,
)
from tests import factories
from tests.directory.engine.target import URL, Target

ACTIVE = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
USER_MAPPINGS = [
    {"target": "userName", "value": "userPrincipalName", "matching": 1},
    {"target": "externalId", "value": "objectId", "matching": 2},
    {"target": "active", "kind": "expression", "value": ACTIVE},
    {"target": "displayName", "value": "displayName"},
    {"target": "name.familyName", "value": "surname"},
    {"target": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "department"},
    {"target": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "manager"},
]
GROUP_MAPPINGS = [
    {"target": "displayName", "value": "displayName", "matching": 1},
    {"target": "externalId", "value": "objectId"},
    {"target": "members", "value": "members"},
]
NUMBER = 30
"""The number of people in `provisioned`."""


class World:
    """Operations of the tests on the directory, and complete cycles."""

    def __init__(self, target, *, organization=None, **values):
        self.target = target
        self.organization = organization or factories.make_organization()
        self.application = Application(
            organization=self.organization,
            name="Webex",
            template="cisco-webex",
            tenant_url=URL,
            is_on=True,
            is_automatic=True,
            notification_email="admin@example.com",
            notifies=True,
            user_mappings=USER_MAPPINGS,
            group_mappings=GROUP_MAPPINGS,
            **values,
        )
        self.application.keep_secret("a secret token of some length")
        self.application.save()

    def apply_template(self, key):
        """Use the mappings and quirks of a gallery template instead of those of the tests."""
        template = template_of(key)
        self.configure(
            template=key,
            quirks=dict(template.stated_quirks),
            user_mappings=[mapping.to_json() for mapping in template.user_mappings],
            group_mappings=[mapping.to_json() for mapping in template.group_mappings],
            provisions_groups=template.quirks.has_groups,
        )

    def person(self, name, **values):
        upn = f"{name}@example.com"
        values = {"display_name": name.title(), "surname": name.title(), **values}
        return Person.objects.create(organization=self.organization, user_principal_name=upn, upn_key=upn, **values)

    def people(self, number):
        return [self.person(f"person{each:03}") for each in range(number)]

    def group(self, name, *members):
        key = canonical_key(name)
        group = Group.objects.create(organization=self.organization, display_name=name, display_name_key=key)
        self.join(group, *members)
        return group

    def join(self, group, *members):
        for each in members:
            key = "person" if isinstance(each, Person) else "child"
            Membership.objects.create(group=group, **{key: each})

    def leave(self, group, *members):
        people = [each.pk for each in members if isinstance(each, Person)]
        children = [each.pk for each in members if isinstance(each, Group)]
        Membership.objects.filter(group=group, person__in=people).delete()
        Membership.objects.filter(group=group, child__in=children).delete()

    def assign(self, *principals):
        for each in principals:
            key = "person" if isinstance(each, Person) else "group"
            Assignment.objects.create(application=self.application, **{key: each})

    def unassign(self, *principals):
        for each in principals:
            key = "person" if isinstance(each, Person) else "group"
            Assignment.objects.filter(application=self.application, **{key: each}).delete()

    def change(self, person, **values):
        Person.objects.filter(pk=person.pk).update(**values)

    def delete(self, person):
        """Move to Deleted users, like the action."""
        name = f"{person.pk.hex}{person.user_principal_name}"
        self.change(
            person,
            deleted_at=Now(),
            original_upn=F("user_principal_name"),
            user_principal_name=name,
            upn_key=name,
        )

    def configure(self, **values):
        Application.objects.filter(pk=self.application.pk).update(configured=F("configured") + 1, **values)
        self.application.refresh_from_db()

    # --- cycles ---
    def turn(self):
        """One turn of a worker, if the cycle is due."""
        return running.run_due_cycles(seconds=60)

    def cycle(self):
        """Run the next cycle now, including everything that waits for a retry. Returns the cycle."""
        SyncState.objects.update(next_at=Now(), try_at=Now(), claimed_until=Now())
        Operation.objects.update(try_at=Now())
        self.turn()
        return self.last

    def settle(self):
        """Run cycles until nothing waits. None of them may fail."""
        for _ in range(10):
            cycle = self.cycle()
            assert [(each.code, each.details) for each in self.outcomes(status="failure")] == []
            assert cycle.state == "done"
            if not Operation.objects.exists():
                return cycle
        raise AssertionError(f"still to do: {list(Operation.objects.values())}")

    @property
    def last(self):
        return Cycle.objects.order_by("-started_at", "-pk").first()

    @property
    def state(self):
        return SyncState.objects.get(application=self.application)

    def outcomes(self, **filters):
        return list(Outcome.objects.filter(**filters).order_by("at", "id"))

    def claim(self):
        return claim_one(self.application)


@pytest.fixture
def target(monkeypatch):
    target = Target()
    monkeypatch.setattr("directory.engine.client.open_session", target)
    return target


@pytest.fixture
def world(db, target):
    return World(target)


@pytest.fixture
def hub_world(site, settings):
    """An application that is another organization of this installation."""
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    hub = factories.make_organization("Hub")
    _, secret = factories.make_token(hub)
    world = World(None, quirks={"dialect": "standard"})
    world.hub = hub
    world.application.tenant_url = f"{site}/v1/scim/{hub.pk}"
    world.application.keep_secret(secret)
    world.application.save()
    return world


@pytest.fixture
def provisioned(world, target):
    """Thirty people assigned through one group, all active at the target."""
    people = world.people(NUMBER)
    group = world.group("Everybody", *people)
    world.assign(group)
    world.cycle()
    target.forget()
    world.everybody, world.of_everybody = group, people
    return world
