"""Exporting the data that is stored about one person."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from audit.record import Target
from audit.vocabulary import TargetType
from controlhub.actions.exports import note_data_export
from controlhub.actions.users.target import audit_target
from controlhub.models import Permission, PurgedUser, User
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.refusals import status_of
from controlhub.user_files.person_data import person_data

TYPES = {"json": "application/json", "html": "text/html; charset=utf-8"}


class FormatForm(forms.Form):
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("html", _("HTML, to read")), ("json", _("JSON, for other systems"))],
        widget=forms.RadioSelect,
    )


@require(Permission.PURGE_USERS)
def person_data_export(request: PortalRequest, user_id: UUID) -> HttpResponse:
    """Asks for the format, then returns the file, even for a permanently deleted user."""
    user = User.objects.in_organization(request.organization).filter(pk=user_id).first()
    if user is None and not PurgedUser.objects.in_organization(request.organization).filter(pk=user_id).exists():
        raise Http404
    form = fill(FormatForm(request.POST or None, initial={"format": "html"}), draft_of(request))
    if form.is_valid():
        target = Target(request.organization.pk, TargetType.USER, str(user_id), str(user_id))
        name = form.cleaned_data["format"]
        response = _file(request, user_id, name)
        note_data_export(audit_target(user) if user else target, file_format=name, actor=request.actor)
        return response
    context = {"form": form, "person": user, "user_id": user_id}
    return render(request, "portal/users/personal_data.html", context, status=status_of(form))


def _file(request: PortalRequest, user_id: UUID, name: str) -> HttpResponse:
    data = person_data(request.organization, user_id) or {}
    if name == "json":
        text: str | bytes = orjson.dumps(data, option=orjson.OPT_INDENT_2)
    else:
        kinds = {kind: [_shown(row) for row in rows] for kind, rows in data.items() if isinstance(rows, list) and rows}
        text = render_to_string("portal/users/personal_data_file.html", {"data": data, "kinds": kinds})
    response = HttpResponse(text, content_type=TYPES[name])
    response["Content-Disposition"] = f'attachment; filename="personal-data-{user_id}.{name}"'
    return response


def _shown(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names and values of a row; values that are not strings as JSON."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in row.items()
        if value not in (None, "", [], {})
    ]
