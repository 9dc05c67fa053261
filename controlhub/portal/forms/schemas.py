"""The organization's own schemas and resource types, and the deviations that SCIM tolerates."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import Organization
from controlhub.models.policies import Page
from controlhub.portal.forms.fields import JsonField, PlainTextField
from controlhub.portal.forms.organization import PoliciesForm
from scim.protocol.leniency import Tolerance


def json_box(*, rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "mono", "rows": rows, "cols": False, "spellcheck": "false"})


class SchemaForm(forms.Form):
    definition = JsonField(
        label=_("Schema (JSON)"),
        max_length=200_000,
        widget=json_box(rows=8),
        help_text=_("As in RFC 7643 §7, with id, name and attributes. The id is a URN of your own."),
        error_messages={"required": _("Paste the schema as JSON.")},
    )
    extends = PlainTextField(label=_("Extended resource type"), required=False, max_length=64)
    required = forms.BooleanField(label=_("Required for every resource of that type"), required=False)

    def __init__(self, *args: Any, extendable: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "schema_%s"
        none = ("", _("None (the schema defines a new resource type)"))
        self.fields["extends"].widget = forms.Select(choices=[none, *((name, name) for name in extendable)])


class ResourceTypeForm(forms.Form):
    definition = JsonField(
        label=_("Resource type (JSON)"),
        max_length=50_000,
        widget=json_box(rows=6),
        help_text=_("As in RFC 7643 §6, with name, endpoint, schema and schemaExtensions. Register its schemas first."),
        error_messages={"required": _("Paste the resource type as JSON.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "type_%s"


class ScimPoliciesForm(PoliciesForm):
    """Checked tolerances are accepted; the others are refused."""

    page = Page.SCHEMAS
    tolerated = forms.MultipleChoiceField(
        label=_("Accepted deviations from the standard"),
        required=False,
        choices=[(tolerance.value, _(tolerance.label)) for tolerance in Tolerance],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A request that deviates in another way is refused with 400."),
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
