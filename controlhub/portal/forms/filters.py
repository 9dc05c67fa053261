"""Filters of lists. A filter with an invalid value matches no rows."""

from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet

MAX_TEXT = 200


class ListFilter(django_filters.FilterSet):
    """Filters in which an invalid value is an error of its field, and matches no rows."""

    @property
    def qs(self) -> QuerySet[Any]:
        if self.is_bound and not self.form.is_valid():
            return cast("QuerySet[Any]", self.queryset.none())
        return cast("QuerySet[Any]", super().qs)

    @property
    def is_filtered(self) -> bool:
        """Whether any filter was given, valid or not."""
        return any(self.data.get(name) for name in self.filters)


class PagingForm(forms.Form):
    """The sort order, position and size of a page of a list. Invalid values are ignored."""

    sort = forms.CharField(required=False, max_length=20)
    size = forms.CharField(required=False, max_length=4)
    after = forms.CharField(required=False, max_length=4_000)
    before = forms.CharField(required=False, max_length=4_000)
    last = forms.CharField(required=False, max_length=4)

    @property
    def values(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(self.cleaned_data.get(name, "")) for name in self.fields}


class CursorForm(forms.Form):
    """Where a page begins or ends: the id of a row. An invalid id means the first page."""

    after = forms.UUIDField(required=False)
    before = forms.UUIDField(required=False)

    @property
    def cursor(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ("after", "before")}
