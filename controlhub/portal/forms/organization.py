"""The policies of an organization, as the forms of their pages."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controlhub.actions.organizations import MAX_NAME
from controlhub.models import Organization
from controlhub.models.policies import POLICIES, Choice, Networks, Number, Page, Policy, Switch
from controlhub.portal.forms.fields import NetworksField, PlainTextField


def field_of(policy: Policy) -> forms.Field | None:
    """The form field of a policy; None for policies that have a form or a field of their own."""
    words: dict[str, Any] = {"label": policy.label, "help_text": _with_default(policy)}
    match policy:
        case Number(least=least, most=most):
            return forms.IntegerField(min_value=least, max_value=most, **words)
        case Switch():
            return forms.BooleanField(required=False, **words)
        case Choice(choices=choices):
            return forms.ChoiceField(choices=choices.choices, **words)
        case Networks():
            return NetworksField(required=False, **words)
    return None


def _with_default(policy: Policy) -> str:
    """The help text of a policy, with the default value."""
    match policy:
        case Switch(default=default):
            value = gettext("on") if default else gettext("off")
        case Choice(default=default, choices=choices):
            value = str(choices(default).label)
        case Networks():
            value = gettext("empty")
        case _:
            value = number_format(policy.default) if isinstance(policy.default, int) else str(policy.default)
    return gettext("{help} Default: {value}.").format(help=policy.help, value=value).strip()


class NameForm(forms.Form):
    """The name of an organization."""

    name = PlainTextField(
        label=_("Organization name"),
        max_length=MAX_NAME,
        help_text=_("Shown on every page and in mail."),
        error_messages={"required": _("The organization needs a name.")},
    )


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
        """The policies, in the form that `change_policies` takes."""
        return self.cleaned_data


class SignInPolicyForm(PoliciesForm):
    """The policies for signing in to the portal."""

    page = Page.SIGN_IN

    @classmethod
    def initial_of(cls, organization: Organization) -> dict[str, Any]:
        return super().initial_of(organization) | {"allowed_networks": "\n".join(organization.allowed_networks)}
