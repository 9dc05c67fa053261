"""The form of a person: Entra's attributes by name, and all others as lines of text."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.models import Organization
from controlhub.portal.forms.fields import PlainTextField, text_box
from controlhub.text.names import canonical_key
from directory.actions.attributes import MOST_ATTRIBUTES, MOST_CHARACTERS, MOST_VALUES
from directory.models import Person
from directory.portal.attribute_names import CONTACT, IDENTITY, JOB, LISTS

TEXTS = {**IDENTITY, **JOB, **CONTACT}
OTHERS = "others"
FIELDS = {*TEXTS, *LISTS, "manager", "accountEnabled"}
"""Attributes with a field of their own."""


def lines_box(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": False, "spellcheck": "false"})


class PersonForm(forms.Form):
    """Fields have the attributes' names. `values` are for the action; attributes that were emptied are None."""

    version = forms.IntegerField(label=_lazy("Version"), required=False, widget=forms.HiddenInput)
    manager = PlainTextField(
        label=_lazy("Manager"),
        required=False,
        max_length=300,
        widget=text_box(),
        help_text=_lazy("The manager's user principal name."),
    )
    others = forms.CharField(
        label=_lazy("Other attributes"),
        required=False,
        max_length=MOST_ATTRIBUTES * MOST_CHARACTERS,
        widget=lines_box(4),
        help_text=_lazy("One per line: the name, a colon and the value, such as extensionAttribute1: Blue."),
    )

    def __init__(self, data: Any = None, *, organization: Organization, person: Person | None = None) -> None:
        super().__init__(data, initial=_initial(person))
        self._organization, self._person = organization, person
        self.fields["accountEnabled"] = forms.BooleanField(label=_lazy("Account enabled"), required=False)
        for name, label in TEXTS.items():
            self.fields[name] = _text_field(str(label), is_required=name in {"userPrincipalName", "displayName"})
        for name, label in LISTS.items():
            self.fields[name] = forms.CharField(
                label=str(label),
                required=False,
                max_length=MOST_VALUES * MOST_CHARACTERS,
                widget=lines_box(2),
                help_text=_lazy("One per line."),
            )

    @property
    def sections(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields under their headings."""
        job = [*JOB, "manager"]
        named = ((_lazy("Identity"), [*IDENTITY, "accountEnabled"]), (_lazy("Job information"), job))
        others = ((_lazy("Contact information"), [*CONTACT]), (_lazy("More"), [*LISTS, OTHERS]))
        return [(heading, [self[name] for name in names]) for heading, names in (*named, *others)]

    def clean_manager(self) -> str:
        upn = self.cleaned_data["manager"].strip()
        if not upn:
            return ""
        people = Person.objects.in_organization(self._organization).current()
        found = people.filter(upn_key=canonical_key(upn)).first()
        if found is None:
            message = _("No user of this directory has the user principal name {name}.").format(name=upn)
            raise forms.ValidationError(message)
        return str(found.pk)

    def clean_others(self) -> dict[str, str]:
        values: dict[str, str] = {}
        for line in self.cleaned_data[OTHERS].splitlines():
            name, colon, value = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if not colon or not name or name in values or name in FIELDS:
                message = _(
                    "“{line}” cannot be used. Enter a name, a colon and a value, and use each attribute "
                    "only once. An attribute with its own field is entered there."
                )
                raise forms.ValidationError(message.format(line=line.strip()[:100]))
            values[name] = value
        return values

    @property
    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in (*TEXTS, "manager", "accountEnabled")}
        values |= {name: self.cleaned_data[name].splitlines() for name in LISTS}
        kept = dict.fromkeys(_others(self._person))
        return {**values, **kept, **self.cleaned_data[OTHERS]}


def _text_field(label: str, *, is_required: bool) -> forms.Field:
    return PlainTextField(label=label, required=is_required, max_length=MOST_CHARACTERS, widget=text_box())


def _initial(person: Person | None) -> dict[str, Any]:
    if person is None:
        return {"accountEnabled": True}
    values = person.values
    values |= {name: "\n".join(values.get(name, ())) for name in LISTS}
    values[OTHERS] = "\n".join(f"{name}: {value}" for name, value in _others(person).items())
    return {**values, "version": person.version, "manager": person.manager.shown_upn if person.manager else ""}


def _others(person: Person | None) -> dict[str, Any]:
    """The attributes without a field of their own."""
    return {name: value for name, value in person.attributes.items() if name not in FIELDS} if person else {}
