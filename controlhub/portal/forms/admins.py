"""Administrator roles, and the groups that grant them."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from controlhub.models import Group, Organization, Role, User
from controlhub.portal.forms.fields import PlainTextField, set_choices, text_box
from controlhub.text.names import canonical_key

NONE = "none"


class RoleForm(forms.Form):
    """The roles that an administrator with the role `by` can give."""

    role = forms.TypedChoiceField(label=_("Role"), coerce=lambda text: None if text == NONE else Role(text))

    def __init__(self, *args: Any, by: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        covered = covered_by(by)
        set_choices(self, "role", [*covered, (NONE, _("No administrator role"))])

    @property
    def role_label(self) -> str:
        role: Role | None = self.cleaned_data["role"]
        return str(role.label) if role else str(_("no longer an administrator"))


class GiveForm(forms.Form):
    """A person in the organization and the role to give them, one of the roles that `by` covers."""

    user = forms.UUIDField(label=_("Person"), error_messages={"required": _("Select a person.")})
    role = forms.TypedChoiceField(label=_("Role"), coerce=Role)

    def __init__(self, *args: Any, organization: Organization, by: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        set_choices(self, "role", covered_by(by)[::-1])

    @property
    def kept(self) -> UUID | None:
        """The id of the person, if there is one."""
        self.is_valid()
        person: User | None = self.cleaned_data.get("user")
        return person.pk if person else None

    def clean_user(self) -> User:
        users = User.objects.in_organization(self.organization).filter(hidden=False)
        found = users.filter(pk=self.cleaned_data["user"]).first()
        if found is None:
            raise forms.ValidationError(_("This person is not in the organization."))
        return found


class GroupRoleForm(forms.Form):
    """A group of the organization, by its name or its id, and the role of its members."""

    group = PlainTextField(
        label=_("Group"),
        max_length=512,
        help_text=_("Enter a display name or a group ID."),
        widget=text_box(),
    )
    role = forms.TypedChoiceField(label=_("Role"), coerce=Role)

    def __init__(self, *args: Any, organization: Organization, by: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        least_first = reversed(covered_by(by))
        set_choices(self, "role", list(least_first))

    def clean_group(self) -> Group:
        text: str = self.cleaned_data["group"].strip()
        groups = Group.objects.in_organization(self.organization)
        try:
            found = list(groups.filter(pk=UUID(text)))
        except ValueError:
            found = list(groups.filter(display_name_key=canonical_key(text))[:2])
        if len(found) > 1:
            raise forms.ValidationError(_("Several groups have this name. Enter the group ID."))
        if not found:
            raise forms.ValidationError(_("No group has this name or ID."))
        return found[0]


def covered_by(role: Role) -> list[tuple[str, str]]:
    return [(other.value, str(other.label)) for other in Role if role.covers(other)]
