"""Schemas and resource types of the organization's own, and what SCIM tolerates."""

from typing import Any

from django import forms

from controlhub.models import Organization
from controlhub.models.policies import Page
from controlhub.portal.forms.fields import JsonField, PlainTextField
from controlhub.portal.forms.organization import PoliciesForm
from scim.protocol.leniency import Tolerance


class SchemaForm(forms.Form):
    definition = JsonField(max_length=200_000, error_messages={"required": "Paste the schema as JSON."})
    extends = PlainTextField(required=False, max_length=64)
    required = forms.BooleanField(required=False)


class ResourceTypeForm(forms.Form):
    definition = JsonField(max_length=50_000, error_messages={"required": "Paste the resource type as JSON."})


class ScimPoliciesForm(PoliciesForm):
    """Checked tolerances are accepted; the others are refused."""

    page = Page.SCHEMAS
    tolerated = forms.MultipleChoiceField(
        required=False, choices=[(tolerance.value, tolerance.label) for tolerance in Tolerance]
    )

    @classmethod
    def initial_of(cls, organization: Organization) -> dict[str, Any]:
        refused = organization.refused_tolerances
        tolerated = [tolerance.value for tolerance in Tolerance if tolerance.value not in refused]
        return super().initial_of(organization) | {"tolerated": tolerated}

    def changes(self) -> dict[str, Any]:
        changes = dict(super().changes())
        tolerated = changes.pop("tolerated")
        changes["refused_tolerances"] = [name for name in Tolerance if name not in tolerated]
        return changes
