"""The form of an application's Provisioning page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, text_box
from directory.actions.provisioning import MAX_MINUTES, MAX_TOKEN, MAX_URL, ProvisioningSettings
from directory.models import Application, ProvisioningScope

AUTOMATIC, MANUAL = "automatic", "manual"
SECTIONS = (
    ("mode", _("Provisioning Mode"), ("mode", "interval")),
    ("credentials", _("Admin Credentials"), ("tenant_url", "client_secret")),
    ("notification", _("Notification"), ("notification_email", "notifies")),
    ("guard", _("Accidental deletions"), ("guards_deletions", "deletion_threshold")),
    ("objects", _("Target actions"), ("provisions_users", "provisions_groups", "creates", "updates", "deletes")),
    ("scope", _("Scope"), ("scope", "includes_nested")),
    ("status", _("Provisioning Status"), ("is_on",)),
)
"""The parts of the form, in the order and the words of Entra: id, heading and fields."""


class ProvisioningForm(forms.Form):
    version = forms.IntegerField(label=_("Version"), widget=forms.HiddenInput)
    mode = forms.ChoiceField(
        label=_("Provisioning Mode"),
        choices=[(MANUAL, _("Manual")), (AUTOMATIC, _("Automatic"))],
        help_text=_("Automatic sends changes at every interval. Manual sends them only when you start a cycle."),
    )
    interval = forms.IntegerField(
        label=_("Interval (minutes)"), min_value=1, max_value=MAX_MINUTES, help_text=_("Time between two cycles.")
    )
    tenant_url = PlainTextField(label=_("Tenant URL"), required=False, max_length=MAX_URL, widget=text_box())
    client_secret = forms.CharField(
        label=_("Secret Token"),
        required=False,
        max_length=MAX_TOKEN,
        widget=forms.PasswordInput(attrs=NO_AUTOCOMPLETE),
        help_text=_("Leave it empty to keep the stored token. It is removed when the Tenant URL changes."),
    )
    notification_email = PlainTextField(
        label=_("Notification Email"), required=False, max_length=254, widget=text_box()
    )
    notifies = forms.BooleanField(label=_("Send an email notification when a failure occurs"), required=False)
    guards_deletions = forms.BooleanField(label=_("Prevent accidental deletion"), required=False)
    deletion_threshold = forms.IntegerField(
        label=_("Accidental deletion threshold"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("A cycle that would disable or delete more objects waits for a decision."),
    )
    provisions_users = forms.BooleanField(label=_("Provision users"), required=False)
    provisions_groups = forms.BooleanField(label=_("Provision groups"), required=False)
    creates = forms.BooleanField(label=_("Create"), required=False)
    updates = forms.BooleanField(label=_("Update"), required=False)
    deletes = forms.BooleanField(label=_("Delete"), required=False)
    scope = forms.ChoiceField(label=_("Scope"), choices=ProvisioningScope.choices)
    includes_nested = forms.BooleanField(
        label=_("Include members of nested groups"), required=False, help_text=_("Entra does not include them.")
    )
    is_on = forms.BooleanField(label=_("On"), required=False)

    @staticmethod
    def of(application: Application) -> dict[str, Any]:
        """The initial values."""
        values = {name: getattr(application, name) for name in ProvisioningSettings.__dataclass_fields__}
        mode = AUTOMATIC if application.is_automatic else MANUAL
        return values | {"mode": mode, "version": application.version}

    @property
    def settings(self) -> ProvisioningSettings:
        values = {**self.cleaned_data, "is_automatic": self.cleaned_data["mode"] == AUTOMATIC}
        return ProvisioningSettings(**{name: values[name] for name in ProvisioningSettings.__dataclass_fields__})

    @property
    def sections(self) -> list[tuple[str, Any, list[forms.BoundField]]]:
        return [(key, title, [self[name] for name in names]) for key, title, names in SECTIONS]


class CredentialsForm(forms.Form):
    """The fields of the page's form that Test Connection uses."""

    tenant_url = PlainTextField(max_length=MAX_URL)
    client_secret = forms.CharField(required=False, max_length=MAX_TOKEN)
