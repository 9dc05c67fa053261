"""The clock of the demo: lets days pass for the deleted people of an organization that `make demo` has filled."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of
from controlhub.portal.refusals import status_of
from directory.engine.demo_clock import demo_of, forecast, forward
from directory.portal.forms.demo_clock import MOST_DAYS, DaysForm


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PROVISIONING)
def directory_forward(request: PortalRequest) -> HttpResponse:
    """Asks for confirmation with the effect of the days, and again if that has changed. 404 without the demo."""
    application = demo_of(request.organization)
    if application is None:
        raise Http404
    sent = request.POST if request.method == "POST" else draft_of(request) or request.GET or {"days": MOST_DAYS}
    form = DaysForm(sent)
    days = form.cleaned_data["days"] if form.is_valid() else 0
    found = forecast(application, days=days) if days else None
    if request.method == "POST" and found and form.cleaned_data["due"] == found.due:
        _moved, purged = forward(application, days=days, actor=request.actor)
        passed = ngettext("{number} day has passed.", "{number} days have passed.", days).format(number=days)
        gone = ngettext(
            "{number} user was permanently deleted.", "{number} users were permanently deleted.", purged
        ).format(number=purged)
        messages.success(request, f"{passed} {gone}")
        return redirect("directory-deleted-list")
    is_changed = request.method == "POST" and found is not None
    context = {
        "form": form,
        "days": days,
        "found": found,
        "more": found.due - len(found.named) if found else 0,
        "is_changed": is_changed,
    }
    return render(request, "directory/people/forward.html", context, status=409 if is_changed else status_of(form))
