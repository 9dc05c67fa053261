"""Custom schemas and resource types, and the tolerances of SCIM."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from controlhub.actions.organizations import change_policies
from controlhub.actions.schemas import (
    register_resource_type,
    register_schema,
    remove_resource_type,
    remove_schema,
)
from controlhub.models import CustomResourceType, CustomSchema, Organization, Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.schemas import ResourceTypeForm, SchemaForm, ScimPoliciesForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.tables import Column, Table
from controlhub.public_urls import tenant_url
from scim.protocol.resource_types import built_in_endpoints

ACTIONS = Column("actions", _lazy("Actions"), is_label_shown=False, is_labelled=False)
SCHEMAS = Table(
    _lazy("Custom schemas"),
    (
        Column("schema", _lazy("Schema"), css="c-name mono wrap", is_row_header=True, is_labelled=False),
        Column("extends", _lazy("Extends")),
        Column("attributes", _lazy("Attributes"), css="hide-md"),
        ACTIONS,
    ),
)
TYPES = Table(
    _lazy("Custom resource types"),
    (
        Column("name", _lazy("Name"), css="c-name", is_row_header=True, is_labelled=False),
        Column("address", _lazy("Endpoint"), css="mono wrap"),
        Column("schema", _lazy("Schema"), css="hide-md mono wrap"),
        ACTIONS,
    ),
)


@require_http_methods(["GET", "HEAD"])
@require(Permission.VIEW_PROVISIONING)
def schema_list(request: PortalRequest) -> HttpResponse:
    policies = ScimPoliciesForm(organization=request.organization)
    return page(request, policies=fill(policies, draft_of(request, reverse("policies-change"))))


@require(Permission.MANAGE_PROVISIONING, page="schema-list")
def schema_register(request: PortalRequest) -> HttpResponse:
    form = SchemaForm(request.POST, extendable=extendable(request.organization))
    if not form.is_valid():
        return page(request, schema_form=form, status=422)
    values = form.cleaned_data
    with Refusals(request) as refused:
        schema = register_schema(
            request.organization,
            definition=values["definition"],
            extends=values["extends"],
            required=values["required"],
            actor=request.actor,
        )
    if refused:
        return page(request, schema_form=form, status=409)
    messages.success(request, _("Schema {urn} registered.").format(urn=schema.urn))
    return redirect("schema-list")


@require(Permission.MANAGE_PROVISIONING, page="schema-list")
def resource_type_register(request: PortalRequest) -> HttpResponse:
    form = ResourceTypeForm(request.POST)
    if not form.is_valid():
        return page(request, type_form=form, status=422)
    with Refusals(request) as refused:
        definition = form.cleaned_data["definition"]
        kind = register_resource_type(request.organization, definition=definition, actor=request.actor)
    if refused:
        return page(request, type_form=form, status=409)
    messages.success(
        request, _("Resource type {name} registered at {endpoint}.").format(name=kind.name, endpoint=kind.endpoint)
    )
    return redirect("schema-list")


@require(Permission.MANAGE_PROVISIONING)
def schema_remove(request: PortalRequest, schema_id: UUID) -> HttpResponse:
    schema = find_or_404(request, CustomSchema.objects, pk=schema_id)
    if request.method != "POST":
        return render(request, "portal/schemas/remove.html", {"name": schema.urn, "button": _("Remove schema")})
    with Refusals(request) as refused:
        remove_schema(schema, actor=request.actor)
    if refused:
        return page(request, status=409)
    messages.success(request, _("Schema {urn} removed.").format(urn=schema.urn))
    return redirect("schema-list")


@require(Permission.MANAGE_PROVISIONING)
def resource_type_remove(request: PortalRequest, type_id: UUID) -> HttpResponse:
    kind = find_or_404(request, CustomResourceType.objects, pk=type_id)
    if request.method != "POST":
        return render(request, "portal/schemas/remove.html", {"name": kind.name, "button": _("Remove resource type")})
    with Refusals(request) as refused:
        remove_resource_type(kind, actor=request.actor)
    if refused:
        return page(request, status=409)
    messages.success(request, _("Resource type {name} removed.").format(name=kind.name))
    return redirect("schema-list")


@require(Permission.MANAGE_PROVISIONING, page="schema-list")
def policies_change(request: PortalRequest) -> HttpResponse:
    form = ScimPoliciesForm(request.POST)
    if not form.is_valid():
        return page(request, policies=form, status=422)
    with Refusals(request) as refused:
        change_policies(request.organization, changes=form.changes(), actor=request.actor)
    if refused:
        return page(request, policies=form, status=409)
    messages.success(request, _("SCIM policies saved."))
    return redirect("schema-list")


def extendable(organization: Organization) -> list[str]:
    """The names of the resource types that a schema can extend."""
    own = CustomResourceType.objects.in_organization(organization).order_by("pk")
    return [*built_in_endpoints(), *own.values_list("name", flat=True)]


def page(
    request: PortalRequest,
    *,
    schema_form: SchemaForm | None = None,
    type_form: ResourceTypeForm | None = None,
    policies: ScimPoliciesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    organization = request.organization
    schemas = CustomSchema.objects.in_organization(organization).prefetch_related("extensions").order_by("pk")
    kinds = CustomResourceType.objects.in_organization(organization).select_related("schema").order_by("pk")
    policies = policies or ScimPoliciesForm(organization=organization)
    if Permission.MANAGE_PROVISIONING not in request.permissions:
        for field in policies.fields.values():
            field.disabled = True
    context = {
        "schemas": schemas,
        "schemas_table": SCHEMAS,
        "types_table": TYPES,
        "is_readonly": Permission.MANAGE_PROVISIONING not in request.permissions,
        "resource_types": kinds,
        "schema_form": schema_form or SchemaForm(extendable=extendable(organization)),
        "type_form": type_form or ResourceTypeForm(),
        "policies": policies,
        "tenant_url": tenant_url(organization.pk),
    }
    return render(request, "portal/schemas/list.html", context, status=status)
