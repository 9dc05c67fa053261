"""List, add, change, pause, resume, test and delete alerts on the audit log."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from audit.alerts.counting import Rule
from audit.alerts.events import InvalidFilterError, Outlook, kept_query, outlook
from audit.portal.alert_charts import chart_of
from audit.portal.alerts import (
    READY,
    AlertForm,
    in_words,
    initial_of,
    initial_of_ready,
    receivers_in_words,
    rule_in_words,
    window_in_words,
)
from controlhub.actions import alerts as actions
from controlhub.actions import firings
from controlhub.models import Alert, AlertFiring, AlertTrigger, Permission
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.stream_figures import counts_of_tabs
from controlhub.portal.tables import Column, Table
from controlhub.public_urls import events_url

TABLE = Table(
    _lazy("Alerts"),
    (
        Column("name", _lazy("Alert"), css="c-name", is_row_header=True, is_labelled=False),
        Column("notify", _lazy("Notify")),
        Column("fired", _lazy("Last fired"), css="muted"),
        Column("past", _lazy("Last 30 days"), css="num"),
        Column("state", _lazy("Status")),
    ),
)
HISTORY = Table(
    _lazy("History"),
    (
        Column("fired", _lazy("Time"), is_row_header=True),
        Column("number", _lazy("Events"), css="num"),
        Column("mails", _lazy("Emails"), css="num"),
        Column("webhook", _lazy("Webhook")),
    ),
)
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Row:
    """An alert in words, and how often it would have fired in the last 30 days."""

    alert: Alert
    rule: str
    receivers: str
    past: Outlook | None


@require_safe
@require(Permission.VIEW_AUDIT)
def alert_list(request: PortalRequest) -> HttpResponse:
    found = Alert.objects.in_organization(request.organization).with_state().select_related("organization")
    alerts = list(found.order_by("name", "pk"))
    names = {alert.name for alert in alerts}
    ready = [ready for ready in READY if str(ready.name) not in names]
    context = {"rows": [_row(alert) for alert in alerts], "table": TABLE, "ready": ready}
    context["tabs"] = counts_of_tabs(request.organization)
    return render(request, "audit/alerts/list.html", context)


@require(Permission.MANAGE_ORGANIZATION)
def alert_add(request: PortalRequest) -> HttpResponse:
    """Add the ready-made alert in `ready`, or an alert on the log page's filters in the other parameters."""
    kept, problem = _asked(request)
    initial = initial_of_ready(request.GET.get("ready", ""), request.account.sign_in_address)
    initial.setdefault("query", kept)
    form = fill(AlertForm(request, request.POST or None, initial=initial, kept=kept), draft_of(request))
    if form.is_valid():
        with Refusals(request, form, field="name"):
            alert = actions.add_alert(request.organization, form.settings, actor=request.actor)
            return _saved(request, alert, "", _("{name} added."))
    context = {"form": form, "problem": problem}
    return render(request, "audit/alerts/add.html", context, status=status_of(form))


@require_safe
@require(Permission.VIEW_AUDIT)
def alert_detail(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    history = AlertFiring.objects.filter(alert=alert).order_by("-fired_at", "-pk")[:MOST_SHOWN]
    is_counted = alert.trigger == AlertTrigger.EVENTS
    context = {
        **_past(alert),
        "filter": in_words(alert.organization, alert.query) if is_counted else "",
        "firings": [(firing, _log(alert, firing)) for firing in history],
        "table": HISTORY,
    }
    return render(request, "audit/alerts/detail.html", context)


@require(Permission.MANAGE_ORGANIZATION)
def alert_change(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    form = AlertForm(request, request.POST or None, initial=initial_of(alert), kept=alert.query)
    form = fill(form, draft_of(request))
    if form.is_valid():
        with Refusals(request, form, field="name"):
            before = alert.url
            actions.change_alert(alert, form.settings, actor=request.actor)
            return _saved(request, _find(request, alert_id), before, _("{name} saved."))
    context = {"form": form, **_past(alert)}
    return render(request, "audit/alerts/change.html", context, status=status_of(form))


@require(Permission.MANAGE_ORGANIZATION, page="alert-detail")
def alert_pause(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    with Refusals(request):
        actions.pause_alert(alert, actor=request.actor)
        messages.success(request, _("{name} paused.").format(name=alert.name))
    return redirect("alert-detail", alert_id)


@require(Permission.MANAGE_ORGANIZATION, page="alert-detail")
def alert_resume(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    with Refusals(request):
        actions.resume_alert(alert, actor=request.actor)
        messages.success(request, _("{name} resumed.").format(name=alert.name))
    return redirect("alert-detail", alert_id)


@require(Permission.MANAGE_ORGANIZATION, page="alert-detail")
def alert_test(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    with Refusals(request):
        firings.send_test(alert, actor=request.actor)
        text = _("A test of {name} is being sent. See the result in the history.")
        messages.success(request, text.format(name=alert.name))
    return redirect("alert-detail", alert_id)


@require(Permission.MANAGE_ORGANIZATION)
def alert_delete(request: PortalRequest, alert_id: UUID) -> HttpResponse:
    alert = _find(request, alert_id)
    if request.method != "POST":
        return render(request, "audit/alerts/delete.html", {"alert": alert})
    actions.delete_alert(alert, actor=request.actor)
    messages.success(request, _("{name} deleted.").format(name=alert.name))
    return redirect("alert-list")


def _find(request: PortalRequest, alert_id: UUID) -> Alert:
    return find_or_404(request, Alert.objects.with_state().select_related("organization"), pk=alert_id)


def _asked(request: PortalRequest) -> tuple[str, str]:
    """The filters from the log's page in the URL, or the reason why an alert cannot use them."""
    query = request.GET.copy()
    query.pop("ready", None)
    if query.get("q", "").strip():
        return "", _("An alert cannot use a search. Use the “Target” and “Initiated by” filters instead.")
    try:
        return kept_query(query), ""
    except InvalidFilterError as error:
        return "", "; ".join(error.errors.values())


def _row(alert: Alert) -> Row:
    rule = Rule(alert.threshold, alert.window)
    past = outlook(alert.organization, AlertTrigger(alert.trigger), alert.query, rule)
    return Row(alert, rule_in_words(alert), receivers_in_words(alert.emails, alert.url), past)


def _past(alert: Alert) -> dict[str, object]:
    """The template context of a saved alert with its last 30 days."""
    row = _row(alert)
    return {"alert": alert, "row": row, "chart": chart_of(alert, row.past, window_in_words(alert))}


def _log(alert: Alert, firing: AlertFiring) -> str:
    """The URL of a firing's events in the log; "" if no filter finds them."""
    is_found = alert.trigger == AlertTrigger.EVENTS and not firing.is_test
    return events_url(alert.query, firing.since, firing.until) if is_found else ""


def _saved(request: PortalRequest, alert: Alert, url_before: str, text: str) -> HttpResponse:
    """Redirect to the page of the alert, which shows the signing secret of a new webhook for a while."""
    address = reverse("alert-detail", args=[alert.pk])
    if alert.url and alert.url != url_before:
        note = _("The receiver checks the signature of each request with this secret.")
        title = _("Signing secret of {name}").format(name=alert.name)
        keep_reveal(request, address, Reveal(title, note, _("signing secret"), alert.secret))
    messages.success(request, text.format(name=alert.name))
    return redirect(address)
