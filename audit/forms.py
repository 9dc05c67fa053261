"""The filters of the audit log: Entra's own."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent, has_label
from audit.vocabulary import AuditAction, Category, Result, Service
from controlhub.portal.forms.filters import MAX_TEXT, ListFilter

ACTIVITIES = sorted({action.activity for action in AuditAction})


def by_name() -> forms.TextInput:
    return forms.TextInput(attrs={"placeholder": _("Name or ID")})


class EventFilter(ListFilter):
    service = django_filters.ChoiceFilter(
        label=_("Service"), choices=[(name, name) for name in Service], empty_label=_("Any service")
    )
    category = django_filters.ChoiceFilter(
        label=_("Category"), choices=[(name, name) for name in Category], empty_label=_("Any category")
    )
    activity = django_filters.ChoiceFilter(
        label=_("Activity"), choices=[(name, name) for name in ACTIVITIES], empty_label=_("Any activity")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        field_name="result",
        choices=[(result, result.label) for result in Result],
        empty_label=_("Any status"),
    )
    date_from = django_filters.DateFilter(
        label=_("From"), method="since", widget=forms.DateInput(attrs={"type": "date"})
    )
    date_to = django_filters.DateFilter(label=_("To"), method="until", widget=forms.DateInput(attrs={"type": "date"}))
    target = django_filters.CharFilter(label=_("Target"), method="about", max_length=MAX_TEXT, widget=by_name())
    initiated_by = django_filters.CharFilter(
        label=_("Initiated by"), method="by", max_length=MAX_TEXT, widget=by_name()
    )

    class Meta:
        model = AuditEvent
        fields = ["service", "category", "activity", "status", "date_from", "date_to", "target", "initiated_by"]

    def since(self, events: QuerySet[AuditEvent], _name: str, day: object) -> QuerySet[AuditEvent]:
        return events.filter(created_at__date__gte=day)

    def until(self, events: QuerySet[AuditEvent], _name: str, day: object) -> QuerySet[AuditEvent]:
        return events.filter(created_at__date__lte=day)

    def about(self, events: QuerySet[AuditEvent], _name: str, text: str) -> QuerySet[AuditEvent]:
        return events.filter(has_label("target", icontains=text) | Q(target_id=text))

    def by(self, events: QuerySet[AuditEvent], _name: str, text: str) -> QuerySet[AuditEvent]:
        return events.filter(has_label("actor", icontains=text) | Q(actor_id=text))
