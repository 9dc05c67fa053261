"""Personal tokens, and adding and naming connections."""

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.actions.tokens import DEFAULT_DAYS, MAX_DAYS
from controlhub.models import Client, Scope
from controlhub.portal.forms.fields import PlainTextField, text_box


class TokenForm(forms.Form):
    name = PlainTextField(
        label=_("Name"),
        max_length=200,
        help_text=_("Shown in lists and in the audit log, for example “Nightly export”."),
        widget=text_box(),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=Scope.choices,
        initial=[Scope.SCIM_READ, Scope.SCIM_WRITE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one permission.")},
    )
    days = forms.IntegerField(label=_("Lifetime (days)"), min_value=1, max_value=MAX_DAYS, initial=DEFAULT_DAYS)


class ConnectionForm(TokenForm):
    """A connection and its first token."""

    field_order = ("client", "name")

    client = forms.ChoiceField(
        label=_("Identity provider"),
        choices=Client.choices,
        initial=Client.ENTRA,
        required=False,
        help_text=_("The setup guide shows what to do there."),
    )
    name = PlainTextField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_(
            "Shown in lists and in the audit log. If this is empty, the name of the identity provider is used."
        ),
        widget=text_box(),
    )

    def clean_name(self) -> str:
        client = Client(self.cleaned_data.get("client") or Client.GENERIC)
        return self.cleaned_data["name"].strip() or str(client.label)


class ConnectionNameForm(forms.Form):
    name = PlainTextField(
        label=_("Name"),
        max_length=200,
        help_text=_("Shown in lists and in the audit log. Earlier events keep the earlier name."),
        widget=text_box(),
    )
