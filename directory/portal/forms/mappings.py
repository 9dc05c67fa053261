"""The form of one attribute mapping."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import orjson
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.portal.forms.fields import PlainTextField, set_choices, text_box
from directory.portal.samples import LENGTH
from directory.provisioning.attributes import GROUP_ATTRIBUTES, USER_ATTRIBUTES
from directory.provisioning.expressions import ExpressionError
from directory.provisioning.mapping import MAX_MAPPINGS, AttributeMapping, MappingError, When, check_all
from directory.provisioning.mapping import Kind as MappingKind
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.plan import Kind
from directory.provisioning.target_paths import MAX_LENGTH
from directory.provisioning.target_schemas import TargetAttributes
from scim.protocol.schemas import Type

MAX_EXPRESSION = 10_000
MAX_VALUE = 2_000
KINDS = (
    (str(MappingKind.DIRECT), _lazy("Direct")),
    (str(MappingKind.CONSTANT), _lazy("Constant")),
    (str(MappingKind.EXPRESSION), _lazy("Expression")),
    (str(MappingKind.NONE), _lazy("None")),
)
WHEN = ((str(When.ALWAYS), _lazy("Always")), (str(When.CREATE), _lazy("Only during object creation")))
VALUES = {MappingKind.DIRECT: "attribute", MappingKind.CONSTANT: "constant", MappingKind.EXPRESSION: "expression"}
"""The field with the value, by kind."""
POINTER = gettext_noop("Expected: %(argument)s.")
EXAMPLE = gettext_noop("Example: %(example)s")


Custom = Callable[[Iterable[str]], Iterable[str]]


class PreviewForm(forms.Form):
    """The object whose value is shown: the first one that `subject` finds, or the `sample`, if there is one."""

    subject = forms.CharField(required=False, max_length=256)
    sample = forms.CharField(required=False, max_length=LENGTH)

    @property
    def text(self) -> str:
        return self._typed("subject")

    @property
    def sample_text(self) -> str:
        return self._typed("sample")

    @property
    def problem(self) -> str:
        """Why the sample cannot be read; "" if it can."""
        return " ".join(str(error) for error in self.errors.get("sample", ()))

    def _typed(self, name: str) -> str:
        """The value of this field if it is valid, whatever is wrong with the other field."""
        self.is_valid()
        text: str = self.cleaned_data.get(name, "")
        return text


class ReviewForm(forms.Form):
    """The digest of the values whose effect the page has shown."""

    reviewed = forms.CharField(required=False, max_length=64)


def is_reviewed(data: Any, digest: str) -> bool:
    """Whether the page has shown the effect of the values that are about to be saved."""
    form = ReviewForm(data)
    return form.is_valid() and form.cleaned_data["reviewed"] == digest


class MappingForm(forms.Form):
    """One mapping. `mapping` is set if it is valid; `targets` says which target attributes are known."""

    version = forms.IntegerField(label=_lazy("Version"), widget=forms.HiddenInput)
    target = PlainTextField(
        label=_lazy("Target attribute"),
        max_length=MAX_LENGTH,
        widget=forms.TextInput(attrs={"list": "targets", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_lazy('For example userName, name.givenName or emails[type eq "work"].value.'),
    )
    kind = forms.ChoiceField(label=_lazy("Mapping type"), choices=KINDS)
    attribute = PlainTextField(
        label=_lazy("Source attribute"),
        required=False,
        max_length=MAX_VALUE,
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off", "spellcheck": "false"}),
    )
    constant = forms.CharField(label=_lazy("Constant value"), required=False, max_length=MAX_VALUE, widget=text_box())
    expression = forms.CharField(
        label=_lazy("Expression"),
        required=False,
        max_length=MAX_EXPRESSION,
        widget=forms.Textarea(attrs={"class": "mono", "rows": 6, "cols": False, "spellcheck": "false"}),
        help_text=_lazy('In the syntax of Entra, for example Join(" ", [givenName], [surname]).'),
    )
    default = forms.CharField(
        label=_lazy("Default value if null"),
        required=False,
        max_length=MAX_VALUE,
        widget=text_box(),
        help_text=_lazy("Sent while the object is created, if the result is empty."),
    )
    matching = forms.IntegerField(
        label=_lazy("Matching precedence"),
        required=False,
        min_value=1,
        max_value=MAX_MAPPINGS,
        help_text=_lazy(
            "Used to find existing objects in the application. 1 is tried first. Leave it empty "
            "if the attribute is not used for matching."
        ),
    )
    when = forms.ChoiceField(label=_lazy("Apply this mapping"), choices=WHEN)
    type = forms.ChoiceField(
        label=_lazy("Type of the target attribute"),
        required=False,
        help_text=_lazy("Needed only for an attribute that the application does not list."),
    )
    case_exact = forms.BooleanField(label=_lazy("Case-sensitive"), required=False)

    def __init__(
        self, data: Any = None, *, kind: Kind, targets: TargetAttributes, custom: Custom, **kwargs: Any
    ) -> None:
        """`custom` returns those of the given names that are the organization's own attributes."""
        super().__init__(data, **kwargs)
        self.object_kind, self.targets, self.custom = kind, targets, custom
        set_choices(self, "type", [("", _("As listed")), *((str(each), str(each)) for each in Type)])

    @staticmethod
    def of(mapping: AttributeMapping, version: int) -> dict[str, Any]:
        """The initial values."""
        values = mapping.to_json() | {"version": version}
        return values | {field: mapping.value for kind, field in VALUES.items() if kind == mapping.kind}

    @property
    def sources(self) -> list[str]:
        """Source attributes to choose from."""
        if self.object_kind is Kind.GROUP:
            return list(GROUP_ATTRIBUTES)
        return list(USER_ATTRIBUTES)

    @property
    def digest(self) -> str:
        """The digest of the mapping, to check whether its effect was shown."""
        return hashlib.sha256(orjson.dumps(self.mapping.to_json())).hexdigest()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self._read(cleaned)
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> None:
        field = VALUES.get(cleaned["kind"], "kind")
        members = {name: cleaned[name] for name in ("target", "kind", "default", "matching", "when", "type")}
        value = cleaned[field].strip() if field in {"attribute", "expression"} else cleaned.get(field, "")
        value = "" if field == "kind" else value.replace("\r\n", "\n")
        try:
            mapping = AttributeMapping.from_json({**members, "value": value, "case_exact": cleaned["case_exact"]})
        except MappingError as error:
            self.add_error(field if error.field == "value" else error.field or None, explained(error))
            return
        self._check_source(mapping, field)
        self._check_target(mapping)
        path = mapping.path
        if not mapping.type and path.attribute is None:
            mapping = replace(mapping, type=self.targets.type_of(path))
        self.mapping = mapping

    def _check_source(self, mapping: AttributeMapping, field: str) -> None:
        for name in _unknown_attributes(mapping, self.object_kind, self.custom(mapping.attributes)):
            message = _(
                "There is no source attribute {name}, and nobody in the directory has a custom one with this name."
            )
            text = message.format(name=name)
            if close := get_close_matches(name, self.sources, 1):
                text = f"{text} {_('Did you mean {name}?').format(name=close[0])}"
            self.add_error(field, text)

    def _check_target(self, mapping: AttributeMapping) -> None:
        if mapping.type or self.targets.has(mapping.path):
            return
        text = _("The application does not list {name}.").format(name=mapping.target)
        names = [offer.path for offer in self.targets.offers]
        if close := get_close_matches(mapping.target, names, 1):
            text = f"{text} {_('Did you mean {name}?').format(name=close[0])}"
        self.add_error("target", f"{text} {_('To send it nevertheless, choose its type below.')}")


def explained(error: MappingError) -> list[str]:
    """What is wrong, which argument was expected, and an example."""
    messages = [error.message]
    if isinstance(error.error, ExpressionError):
        messages += [Message(POINTER, {"argument": error.error.argument})] if error.error.argument else []
        messages += [Message(EXAMPLE, {"example": error.error.example})] if error.error.example else []
    return [message.translated(_) for message in messages]


def _unknown_attributes(mapping: AttributeMapping, kind: Kind, custom: Iterable[str]) -> list[str]:
    """The source attributes of a mapping that neither the directory nor anybody in it has."""
    if kind is Kind.GROUP:
        return [name for name in mapping.attributes if name not in GROUP_ATTRIBUTES]
    problems = check_all([mapping], custom)
    return [str(problem.message.values["name"]) for problem in problems if problem.is_warning]
