"""Adding enterprise applications from the gallery, renaming and deleting them."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.errors import ApplicationStateError, InvalidNameError
from controlhub.models import Organization
from directory.gallery import Template
from directory.models import Application

MOST_APPLICATIONS = 100
"""The maximum number of applications in one organization."""


@transaction.atomic
def add_application(organization: Organization, template: Template, *, name: str, actor: Actor) -> Application:
    """Add an application with the mappings and quirks of its template. Nothing is sent until it is turned on.

    Raises InvalidNameError if the name is taken, and ApplicationStateError if there are already MOST_APPLICATIONS.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if Application.objects.in_organization(organization).count() >= MOST_APPLICATIONS:
        text = _("An organization can have at most {number} applications.").format(number=MOST_APPLICATIONS)
        raise ApplicationStateError(text, field="name")
    application = Application(
        organization=organization,
        name=_usable_name(organization, name),
        template=template.key,
        quirks=dict(template.stated_quirks),
        user_mappings=[mapping.to_json() for mapping in template.user_mappings],
        group_mappings=[mapping.to_json() for mapping in template.group_mappings],
        provisions_groups=template.quirks.has_groups,
        created_by=actor.label,
    )
    application.save()
    content = EventContent(after={"name": application.name, "template": template.key})
    record(AuditAction.APPLICATION_ADDED, target=audit_target(application), content=content, actor=actor)
    return application


@transaction.atomic
def rename_application(application: Application, *, name: str, actor: Actor) -> Application:
    """Change the name that the directory shows. Raises InvalidNameError if the name is taken."""
    Organization.objects.select_for_update(no_key=True).get(pk=application.organization_id)
    locked = Application.objects.select_for_update().select_related("organization").get(pk=application.pk)
    before = locked.name
    if name == before:
        return locked
    locked.name = _usable_name(locked.organization, name)
    locked.save(update_fields=["name"])
    content = EventContent(before={"name": before}, after={"name": locked.name})
    record(AuditAction.APPLICATION_RENAMED, target=audit_target(locked), content=content, actor=actor)
    return locked


@transaction.atomic
def delete_application(application: Application, *, actor: Actor) -> None:
    """Delete the application with its assignments and its secret. Objects that it created at the target remain."""
    locked = Application.objects.select_for_update().get(pk=application.pk)
    content = EventContent(before={"name": locked.name, "template": locked.template, "tenant_url": locked.tenant_url})
    record(AuditAction.APPLICATION_DELETED, target=audit_target(locked), content=content, actor=actor)
    locked.delete()


def audit_target(application: Application) -> Target:
    return Target(application.organization_id, TargetType.APPLICATION, str(application.pk), application.name)


def _usable_name(organization: Organization, name: str) -> str:
    """Returns the name; raises InvalidNameError if another application has it, ignoring case."""
    if Application.objects.in_organization(organization).filter(name__iexact=name).exists():
        raise InvalidNameError(_("Another application has this name. Choose a different one."), field="name")
    return name
