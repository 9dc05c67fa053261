"""Roles of administrators."""

from typing import Any

from django import forms

from controlhub.models import Role

NONE = "none"


class RoleForm(forms.Form):
    """The roles that somebody with the role `by` may give."""

    role = forms.TypedChoiceField(label="Role", coerce=lambda text: None if text == NONE else Role(text))

    def __init__(self, *args: Any, by: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        covered = [(role.value, role.label) for role in Role if by.covers(role)]
        self.fields["role"].choices = [*covered, (NONE, "No administrator")]  # type: ignore[attr-defined]

    @property
    def role_label(self) -> str:
        role: Role | None = self.cleaned_data["role"]
        return str(role.label) if role else "no administrator any more"
