"""Connects the demo's directory with this Control Hub as an administrator would, over its own SCIM API."""

from dataclasses import replace

from django.db import transaction

from audit.actor import Actor
from controlhub.actions.tokens import issue_token
from controlhub.models import Organization
from controlhub.public_urls import tenant_url
from directory.actions.applications import add_application
from directory.actions.assignments import assign
from directory.actions.provisioning import ProvisioningSettings, change_provisioning
from directory.engine.control import start_now
from directory.engine.demo_clock import NAME, TEMPLATE, demo_of
from directory.gallery import template_of
from directory.models import Application, Group, ProvisioningScope


@transaction.atomic
def connect(organization: Organization, *, actor: Actor) -> Application:
    """Returns the demo application with provisioning turned on, and adds it if it does not exist yet.

    Every group is assigned. A token of a connection with the same name lets it write users and groups.
    """
    application = demo_of(organization) or add_application(organization, template_of(TEMPLATE), name=NAME, actor=actor)
    groups = Group.objects.in_organization(organization).values_list("pk", flat=True)
    assign(application, people=[], groups=list(groups), actor=actor)
    if not application.sealed_secret or not application.is_on:
        application = _turn_on(application, actor)
    start_now(application, actor=actor)
    return application


def _turn_on(application: Application, actor: Actor) -> Application:
    _, secret = issue_token(application.organization, name=NAME, actor=actor)
    wanted = replace(
        ProvisioningSettings.of(application),
        tenant_url=tenant_url(application.organization_id),
        scope=ProvisioningScope.ALL,
        is_automatic=True,
        is_on=True,
        interval=1,
    )
    return change_provisioning(application, wanted, secret=secret, version=application.version, actor=actor)
