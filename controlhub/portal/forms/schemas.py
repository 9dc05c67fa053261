"""Schemas and resource types of the organization's own, and what SCIM tolerates."""

from typing import Any

from django import forms

from controlhub.models import Organization
from controlhub.portal.forms.fields import JsonField, PlainTextField
from scim.protocol.leniency import Tolerance

TOLERATED = {
    Tolerance.BOOLEAN_AS_STRING: "Booleans as text, such as “False” (Entra ID)",
    Tolerance.OPERATION_CASE: "Operations in capitals, such as “Replace” (Entra ID)",
    Tolerance.PATCH_WITHOUT_SCHEMAS: "Messages without their schema URN",
    Tolerance.SINGLE_FOR_MANY: "One value where an array is due",
    Tolerance.MANY_FOR_SINGLE: "An array of one where a single value is expected (Entra ID)",
    Tolerance.REFERENCE_AS_STRING: "A reference as plain text (the manager of Entra ID)",
    Tolerance.DOTTED_KEY: "Paths as keys, such as “name.givenName” (Entra ID)",
    Tolerance.ADD_BY_FILTER: "Adding to an element that does not exist creates it (Entra ID)",
    Tolerance.REPLACE_BY_FILTER: "Replacing an element that does not exist creates it (Entra ID)",
    Tolerance.REMOVE_WITH_VALUE: "Removing members by a list of values (Entra ID)",
    Tolerance.NUMBER_AS_STRING: "Numbers where text is due",
    Tolerance.BLANK_ELEMENT: "Elements without a value, such as an empty phone number: left out",
    Tolerance.JSON_AS_STRING: "JSON objects inside a string",
    Tolerance.URN_WITH_DOT: "A dot between a schema URN and the attribute",
    Tolerance.UNKNOWN_ATTRIBUTE: "Attributes that are not in the schema: left out",
    Tolerance.UNKNOWN_MEMBER: "Group members that do not exist: left out",
}


class SchemaForm(forms.Form):
    definition = JsonField(max_length=200_000, error_messages={"required": "Paste the schema as JSON."})
    extends = PlainTextField(required=False, max_length=64)
    required = forms.BooleanField(required=False)


class ResourceTypeForm(forms.Form):
    definition = JsonField(max_length=50_000, error_messages={"required": "Paste the resource type as JSON."})


class PoliciesForm(forms.Form):
    """Checked is accepted: what is not checked is refused from then on."""

    tolerated = forms.MultipleChoiceField(
        required=False, choices=[(name.value, label) for name, label in TOLERATED.items()]
    )
    unique_group_names = forms.BooleanField(required=False)
    revive_on_create = forms.BooleanField(required=False)

    @classmethod
    def of(cls, organization: Organization) -> dict[str, Any]:
        refused = set(organization.refused_tolerances)
        return {
            "tolerated": [name.value for name in TOLERATED if name.value not in refused],
            "unique_group_names": organization.unique_group_names,
            "revive_on_create": organization.revive_on_create,
        }

    def changes(self) -> dict[str, Any]:
        """The policies as the action takes them."""
        tolerated = set(self.cleaned_data["tolerated"])
        return {
            "refused_tolerances": [name.value for name in TOLERATED if name.value not in tolerated],
            "unique_group_names": self.cleaned_data["unique_group_names"],
            "revive_on_create": self.cleaned_data["revive_on_create"],
        }
