"""The events of the directory, for test_one_event.py: the required objects, and the action that records the event."""

from dataclasses import replace
from unittest.mock import patch

from directory.actions import groups as directory_groups
from directory.actions import members, people, rules
from directory.actions.applications import add_application, delete_application, rename_application
from directory.actions.assignments import assign, unassign
from directory.actions.exports import note_export_of_log
from directory.actions.mappings import change_mappings, mappings_of
from directory.actions.provisioning import ProvisioningSettings, change_provisioning
from directory.engine import control, demand, undo
from directory.engine.demo_clock import make_older
from directory.gallery import template_of
from directory.models import Application, Assignment, Cycle, Person
from directory.models import Group as Crew
from directory.provisioning.plan import Kind
from directory.provisioning.scope import ScopingFilter
from tests import factories
from tests.directory.engine.target import URL, Target

COMMAND = factories.COMMAND
RULE = ScopingFilter.from_json({"groups": [{"clauses": [{"attribute": "surname", "operator": "IS NOT NULL"}]}]})
SCIM = template_of("scim")


def running_application(scene):
    found = Application(
        organization=scene.organization,
        name="Webex",
        template="scim",
        tenant_url="https://scim.example.com",
        is_on=True,
    )
    found.keep_secret("a secret token of some length")
    found.save()
    return found


def on_demand(found):
    with patch("directory.engine.client.open_session", Target()):
        demand.provision_on_demand(found, actor=COMMAND)


def undo_job(scene):
    return undo.undo_last_cycle(Application.objects.get(pk=scene.ids["application_id"]), actor=COMMAND)


def undo_step(job):
    application = Application.objects.get(pk=job.parameters["application"])
    application.tenant_url = URL
    application.keep_secret("a secret token of some length")
    application.save()
    with patch("directory.engine.client.open_session", Target()):
        undo.UndoCycle().step(job, None, actor=COMMAND)


def waiting_application(scene):
    found = running_application(scene)
    Cycle.objects.create(
        application=found, organization_id=found.organization_id, kind="initial", state="waiting", guard="waiting"
    )
    return found


def paused_application(scene):
    control.pause(found := running_application(scene), actor=COMMAND)
    return found


def application(scene):
    return Application.objects.get(pk=scene.ids["application_id"])


def set_up(found):
    wanted = replace(ProvisioningSettings.of(found), tenant_url="https://lake.example.com/scim")
    change_provisioning(found, wanted, secret="token", version=found.version, actor=COMMAND)


def map_nothing_more(found):
    wanted = {Kind.PERSON: mappings_of(found, Kind.PERSON)[:1]}
    change_mappings(found, wanted, version=found.version, actor=COMMAND)


def assignable(scene):
    """Returns the application, a person and a group."""
    person = Person.objects.create(organization=scene.organization, user_principal_name="a@b", upn_key="a@b")
    return application(scene), person, Crew.objects.create(organization=scene.organization, display_name="C")


def assigned(scene):
    found, person, _ = assignable(scene)
    return Assignment.objects.create(application=found, person=person)


def group_assigned(scene):
    found, _, group = assignable(scene)
    return Assignment.objects.create(application=found, group=group)


def person(scene):
    return factories.make_person(scene.organization, "lovelace@example.com")


def disable(found):
    return people.update_person(found, values={"accountEnabled": False}, actor=COMMAND)


def deleted_person(scene):
    return people.delete_person(person(scene), actor=COMMAND)


def directory_group(scene):
    return factories.make_directory_group(scene.organization, "Engines")


DIRECTORY_EVENTS = {
    "directory_user.created": (lambda s: s, person),
    "directory_user.updated": (person, lambda p: people.update_person(p, values={"surname": "x"}, actor=COMMAND)),
    "directory_user.disabled": (person, disable),
    "directory_user.enabled": (
        lambda s: disable(person(s)),
        lambda p: people.update_person(p, values={"accountEnabled": True}, actor=COMMAND),
    ),
    "directory_user.deleted": (person, lambda p: people.delete_person(p, actor=COMMAND)),
    "directory_user.restored": (deleted_person, lambda p: people.restore_person(p, actor=COMMAND)),
    "directory_user.purged": (deleted_person, lambda p: people.purge_person(p, actor=COMMAND)),
    "directory_group.created": (lambda s: s, directory_group),
    "directory_group.updated": (
        directory_group,
        lambda g: rules.change_rule(g, rule=RULE, actor=COMMAND),
    ),
    "directory_group.deleted": (directory_group, lambda g: directory_groups.delete_group(g, actor=COMMAND)),
    "directory_group.members_changed": (
        lambda s: (directory_group(s), person(s)),
        lambda both: members.add_members(both[0], ids=[both[1].pk], actor=COMMAND),
    ),
    "provisioning_log.exported": (
        lambda s: s.organization,
        lambda o: note_export_of_log(o, query="status=failure", actor=COMMAND),
    ),
    "provisioning.started": (running_application, lambda found: control.start_now(found, actor=COMMAND)),
    "provisioning.restarted": (running_application, lambda found: control.restart(found, actor=COMMAND)),
    "provisioning.stopped": (waiting_application, lambda found: control.stop(found, actor=COMMAND)),
    "provisioning.paused": (running_application, lambda found: control.pause(found, actor=COMMAND)),
    "provisioning.resumed": (paused_application, lambda found: control.resume(found, actor=COMMAND)),
    "provisioning.undone": (undo_job, undo_step),
    "provisioning.on_demand": (running_application, on_demand),
    "demo.forwarded": (application, lambda found: make_older(found, days=1, actor=COMMAND)),
    "removals.allowed": (waiting_application, lambda found: control.allow(found, actor=COMMAND)),
    "removals.rejected": (waiting_application, lambda found: control.reject(found, actor=COMMAND)),
    "application.added": (lambda s: s.organization, lambda o: add_application(o, SCIM, name="Lake", actor=COMMAND)),
    "application.renamed": (application, lambda found: rename_application(found, name="Lake", actor=COMMAND)),
    "application.configured": (application, set_up),
    "application.mappings_changed": (application, map_nothing_more),
    "assignment.user_added": (assignable, lambda both: assign(both[0], people=[both[1].pk], groups=[], actor=COMMAND)),
    "assignment.user_removed": (assigned, lambda found: unassign(found, actor=COMMAND)),
    "assignment.group_added": (
        assignable,
        lambda both: assign(both[0], people=[], groups=[both[2].pk], actor=COMMAND),
    ),
    "assignment.group_removed": (group_assigned, lambda found: unassign(found, actor=COMMAND)),
    "application.deleted": (application, lambda found: delete_application(found, actor=COMMAND)),
}
