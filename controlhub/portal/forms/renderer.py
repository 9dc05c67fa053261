"""How forms become HTML: Django renders each field with `components/_field.html`, and each control with its class."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class ControlField(BoundField):
    """A field whose control has the class of its kind. Placeholders are shown only where this portal sets them."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        own = str(widget.attrs.get("class", ""))
        return {**super().build_widget_attrs(attrs, widget), "class": f"{_kind(widget)} {own}".strip() or False}


class PortalRenderer(TemplatesSetting):
    """Finds the templates of forms next to those of pages. `django.forms` has the templates of the widgets."""

    bound_field_class = ControlField
    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "check"
    if isinstance(widget, forms.RadioSelect):
        return "radio"
    return "" if widget.is_hidden or isinstance(widget, forms.Select) else "input"
