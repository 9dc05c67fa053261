"""The policies of an organization, as the forms of their pages."""

from typing import Any

from django import forms

from controlhub.models import Organization
from controlhub.models.policies import POLICIES, Choice, Number, Page, Policy, Switch


def field_of(policy: Policy) -> forms.Field | None:
    """The form field of a policy; None for policies that have a form or a field of their own."""
    words: dict[str, Any] = {"label": policy.label, "help_text": policy.help}
    match policy:
        case Number(least=least, most=most):
            return forms.IntegerField(min_value=least, max_value=most, **words)
        case Switch():
            return forms.BooleanField(required=False, **words)
        case Choice(choices=choices):
            return forms.ChoiceField(choices=choices.choices, **words)
    return None


class PoliciesForm(forms.Form):
    """The policies of one page, in the order of POLICIES."""

    page = Page.ORGANIZATION

    def __init__(self, data: Any = None, *, organization: Organization | None = None) -> None:
        super().__init__(data, initial=self.initial_of(organization) if organization else None)
        for policy in POLICIES.values():
            if policy.page is self.page and (field := field_of(policy)):
                self.fields[policy.name] = field

    @classmethod
    def initial_of(cls, organization: Organization) -> dict[str, Any]:
        return {name: getattr(organization, name) for name in POLICIES}

    def changes(self) -> dict[str, Any]:
        """The policies as `change_policies` takes them."""
        return self.cleaned_data
