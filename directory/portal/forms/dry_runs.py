"""The forms of dry runs: which one to start, and which effects to show."""

from django import forms

from directory.engine.dry_runs import LABELS, UNNAMED


class DryRunForm(forms.Form):
    """With `compares`, objects of the application are read, too."""

    compares = forms.BooleanField(required=False)


class EffectForm(forms.Form):
    """The effect whose objects are shown; all effects if the value is invalid."""

    effect = forms.ChoiceField(
        required=False, choices=[(str(name), label) for name, label in LABELS.items() if name not in UNNAMED]
    )

    @property
    def chosen(self) -> str:
        return self.cleaned_data.get("effect", "") if self.is_valid() else ""
