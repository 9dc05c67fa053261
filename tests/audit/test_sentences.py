"""Every event is shown as a plain sentence that names the actor, target and members."""

import pytest
from django.utils import translation

from audit.actor import Actor, ActorKind
from audit.lists.people import actors_named
from audit.models import AuditEvent
from audit.personal import attach
from audit.sentences import SENTENCES, Sentences
from audit.vocabulary import AuditAction
from controlhub.actions.groups import add_members, create_group, remove_members
from controlhub.actions.organizations import change_policies
from controlhub.models import Connection, Group
from tests import factories

ADA, ALAN = "Ada Lovelace", "Alan Turing"


def sentence(organization, action):
    events = attach(AuditEvent.objects.in_organization(organization).filter(action=action).newest_first()[:1])
    return Sentences(organization, events).each()[0]


def test_every_action_has_a_sentence():
    assert set(SENTENCES) == set(AuditAction)


@pytest.fixture
def entra(organization):
    token, _ = factories.make_token(organization)
    connection = Connection.objects.get(organization=organization)
    return Actor(ActorKind.CLIENT, id=str(token.pk), label="Entra ID", connection_id=connection.pk)


@pytest.fixture
def group(organization, entra):
    return create_group(organization, document={"displayName": "Facilities Hamburg"}, actor=entra)


def test_members_are_named(organization, entra, group):
    people = [factories.make_user(organization, f"{name[:3]}@example.com", displayName=name) for name in (ADA, ALAN)]
    locked = Group.objects.get(pk=group.pk)
    add_members(locked, ids=[person.pk for person in people], actor=entra)
    found = sentence(organization, AuditAction.MEMBERS_CHANGED)
    assert found.text == f"Connection Entra ID added 2 members to Facilities Hamburg: {ADA}, {ALAN}"
    with translation.override("de"):
        german = sentence(organization, AuditAction.MEMBERS_CHANGED).text
    assert german == f"Verbindung Entra ID hat 2 Mitglieder zu Facilities Hamburg hinzugefügt: {ADA}, {ALAN}"
    remove_members(Group.objects.get(pk=group.pk), ids=[people[0].pk], actor=entra)
    found = sentence(organization, AuditAction.MEMBERS_CHANGED)
    assert found.text == f"Connection Entra ID removed 1 member from Facilities Hamburg: {ADA}"


def test_changed_attributes_are_named(organization, scim):
    created = scim.post("/Users", {"userName": "ada@example.com", "displayName": "Ada"})
    scim.patch(f"/Users/{created.document['id']}", {"op": "replace", "path": "displayName", "value": ADA})
    found = sentence(organization, AuditAction.USER_UPDATED)
    assert found.text == "Connection Entra ID changed displayName of ada@example.com"


def test_extension_attributes_are_named_without_their_schema(organization, scim):
    created = scim.post("/Users", {"userName": "ada@example.com"})
    path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    scim.patch(f"/Users/{created.document['id']}", {"op": "add", "path": path, "value": "Facilities"})
    found = sentence(organization, AuditAction.USER_UPDATED)
    assert found.text == "Connection Entra ID changed schemas, department of ada@example.com"


def test_policies_are_named_as_on_their_page(organization):
    change_policies(organization, changes={"retention_days": 9}, actor=factories.COMMAND)
    found = sentence(organization, AuditAction.ORGANIZATION_UPDATED)
    assert found.text == f"Command line changed Retention period (days) of {organization.name}"
    with translation.override("de"):
        assert "retention_days" not in sentence(organization, AuditAction.ORGANIZATION_UPDATED).text


def test_names_are_escaped(organization):
    factories.make_user(organization, "<script>@example.com")
    found = sentence(organization, AuditAction.USER_CREATED)
    assert "<b>&lt;script&gt;@example.com</b>" in found.html


def test_failure_includes_its_reason(organization):
    AuditEvent.objects.create(
        organization_id=organization.pk, service="Core Directory", category="UserManagement", action="user.created",
        activity="Add user", actor_kind="command", target_type="User", result="failure",
        old_actor_label="Command line", old_target_label="ada@example.com", old_reason="The userName is taken.",
    )  # fmt: skip
    found = sentence(organization, AuditAction.USER_CREATED)
    assert found.text == "Command line could not complete Add user for ada@example.com: The userName is taken."


def test_page_of_sentences_needs_few_statements(organization, django_assert_max_num_queries):
    for number in range(20):
        factories.make_user(organization, f"user{number}@example.com")
    events = AuditEvent.objects.in_organization(organization).newest_first()
    with django_assert_max_num_queries(5):
        assert len(Sentences(organization, attach(events)).each()) >= 20


@pytest.mark.parametrize("name", ["command line", "Befehlszeile", "befehl"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_command_line_actor_is_found_by_its_name_in_every_language(organization, name, language):
    with translation.override(language):
        assert actors_named(organization, [name]).kinds == [ActorKind.COMMAND]


def test_command_line_is_named_in_the_language_of_the_reader(organization):
    create_group(organization, document={"displayName": "Crew"}, actor=factories.COMMAND)
    with translation.override("de"):
        found = sentence(organization, AuditAction.GROUP_CREATED)
    assert found.text.startswith("Befehlszeile hat")
