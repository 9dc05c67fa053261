"""Filters of lists. A filter with an invalid value finds nothing: what it was meant to find is not known."""

from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet

MAX_TEXT = 200


class ListFilter(django_filters.FilterSet):
    """Filters whose invalid values are errors at their fields, and leave no rows."""

    @property
    def qs(self) -> QuerySet[Any]:
        if self.is_bound and not self.form.is_valid():
            return cast("QuerySet[Any]", self.queryset.none())
        return cast("QuerySet[Any]", super().qs)

    @property
    def is_filtered(self) -> bool:
        """Whether any filter was given, valid or not."""
        return any(self.data.get(name) for name in self.filters)


class PageForm(forms.Form):
    """The page of a list. An invalid number means the first page."""

    page = forms.IntegerField(required=False, min_value=1, max_value=10**9)

    @property
    def number(self) -> int:
        return self.cleaned_data.get("page") or 1 if self.is_valid() else 1
