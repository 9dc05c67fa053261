"""The rules of the life of a user."""

from typing import Any

from django import forms

from controlhub.actions.organizations import NUMBERS
from controlhub.models import Organization, ScimDelete


def number(name: str, label: str, help_text: str) -> forms.IntegerField:
    least, most = NUMBERS[name]
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


class LifecycleForm(forms.Form):
    retention_days = number("retention_days", "Days until removal", "For so long an Inactive user can be recovered.")
    purge_deactivated = forms.BooleanField(
        label="Remove users who were only deactivated, too", required=False, help_text="Otherwise only deleted ones."
    )
    scim_delete = forms.ChoiceField(
        label="A SCIM DELETE means",
        choices=ScimDelete.choices,
        help_text="For the directory the user is gone either way.",
    )
    revive_on_create = forms.BooleanField(
        label="A SCIM POST with the userName or externalId of an Inactive user brings that user back",
        required=False,
        help_text="Otherwise the userName is refused with 409, and the externalId creates a second user.",
    )
    purge_share = number("purge_share", "Per cent of users a day", "More than this is removed only once you allow it.")
    purge_floor = number("purge_floor", "But at least this many users a day", "For organizations with few users.")

    @classmethod
    def of(cls, organization: Organization) -> dict[str, Any]:
        return {name: getattr(organization, name) for name in cls.base_fields}
