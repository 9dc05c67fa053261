"""My account: the sessions and the personal tokens of the signed-in user."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controlhub.actions.admins import set_language, set_time_zone
from controlhub.actions.sessions import end_sessions
from controlhub.actions.tokens import PERSONAL_SCOPES, issue_personal_token, revoke_token
from controlhub.models import Role, Scope, Session
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.session import LanguageForm, TimeZoneForm
from controlhub.portal.forms.tokens import TokenForm
from controlhub.portal.refusals import Refusals
from controlhub.portal.reveals import Reveal, keep_reveal


@require_safe
@require()
def account_detail(request: PortalRequest) -> HttpResponse:
    return page(request, fill(form_of(request), draft_of(request, reverse("own-token-issue"))))


@require(page="account-detail")
def own_token_issue(request: PortalRequest) -> HttpResponse:
    form = form_of(request, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    with Refusals(request, form) as refused:
        token, secret = issue_personal_token(
            request.account,
            name=form.cleaned_data["name"],
            scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
            days=form.cleaned_data["days"],
            actor=request.actor,
        )
    if refused:
        return page(request, form, status=409)
    note = _("Anyone with this token can act as you until {date}.").format(
        date=date_format(localtime(token.expires_at), "DATE_FORMAT")
    )
    reveal = Reveal(_("Copy the token {name} now").format(name=token.name), note, name=_("token"), value=secret)
    keep_reveal(request, reverse("account-detail"), reveal)
    return redirect("account-detail")


@require(page="account-detail")
def own_token_revoke(request: PortalRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(request.account.user.tokens, pk=token_id)
    revoke_token(token, actor=request.actor)
    messages.success(request, _("Token {name} revoked.").format(name=token.name))
    return redirect("account-detail")


@require(page="account-detail")
def session_end_others(request: PortalRequest) -> HttpResponse:
    number = end_sessions(request.account, but=request.session.session_key, actor=request.actor)
    done = messages.success if number else messages.info
    done(
        request,
        ngettext("{number} other session ended.", "{number} other sessions ended.", number).format(number=number),
    )
    return redirect("account-detail")


@require(page="account-detail")
def language_choose(request: PortalRequest) -> HttpResponse:
    form = LanguageForm(request.POST)
    if form.is_valid():
        set_language(request.account, language=form.cleaned_data["language"])
    return redirect("account-detail")


@require(page="account-detail")
def time_zone_choose(request: PortalRequest) -> HttpResponse:
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        set_time_zone(request.account, time_zone=form.cleaned_data["time_zone"])
    return redirect("account-detail")


def form_of(request: PortalRequest, data: object = None) -> TokenForm:
    form = TokenForm(data)  # type: ignore[arg-type]
    allowed = PERSONAL_SCOPES[Role(request.account.role)]
    form.fields["scopes"].choices = [choice for choice in Scope.choices if choice[0] in allowed]  # type: ignore[attr-defined]
    return form


def page(request: PortalRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    context = {
        "sessions": Session.objects.filter(account=request.account).unexpired().order_by("-started_at"),
        "tokens": request.account.user.tokens.order_by("-created_at"),
        "form": form,
        "language_form": LanguageForm(initial={"language": request.account.language}),
        "time_zone_form": TimeZoneForm(initial={"time_zone": request.account.time_zone}),
        "has_languages": len(settings.LANGUAGES) > 1,
    }
    return render(request, "portal/account/detail.html", context, status=status)
