"""Form input that is kept in the session and shown in the form again.

It was submitted before the user had to confirm their identity, or it is the rest of a form that took effect in part.
Nothing is submitted automatically: after the confirmation the user submits the form, so that a form left in an open
browser by another person never takes effect through this confirmation (docs/decisions/0028).
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, QueryDict

from controlhub.database import clock
from controlhub.portal.once import FORM_ID
from controlhub.portal.step_up import RECENT

KEY = "draft"
MAX_BYTES = 64 * 1024
SECRETS = frozenset({"password", "password1", "password2", "oldpassword", "client_secret", "code", "credential"})
"""Fields that are never kept."""
NOT_KEPT = SECRETS | {"csrfmiddlewaretoken", FORM_ID}

AnyForm = TypeVar("AnyForm", bound=forms.Form)


def keep_draft(request: HttpRequest) -> None:
    """Keep the posted fields for the form that posts to this address, unless they are larger than MAX_BYTES."""
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    size = sum(len(text.encode(errors="replace")) for name, values in fields.items() for text in (name, *values))
    if size <= MAX_BYTES:
        _keep(request, fields)
    else:
        request.session.pop(KEY, None)


def keep_rest(request: HttpRequest, values: Mapping[str, str]) -> None:
    """Keep these values for the form at this address. The form limits their size."""
    _keep(request, {name: [value] for name, value in values.items()})


def _keep(request: HttpRequest, fields: dict[str, list[str]]) -> None:
    until = (clock.machine_now() + RECENT).timestamp()
    request.session[KEY] = {"path": request.path, "fields": fields, "until": until}


def has_draft(request: HttpRequest) -> bool:
    return bool(_draft(request))


def draft_of(request: HttpRequest, path: str | None = None) -> QueryDict | None:
    """The fields that were kept for the form that posts to `path`, by default to this page's own address."""
    draft = _draft(request)
    if not draft or draft["path"] != (path or request.path):
        return None
    fields = QueryDict(mutable=True)
    for name, values in draft["fields"].items():
        fields.setlist(name, values)
    return fields


def drop_draft(request: HttpRequest) -> None:
    """Delete the input kept for the form that posts here: it is being submitted."""
    if _draft(request).get("path") == request.path:
        del request.session[KEY]


def _draft(request: HttpRequest) -> dict[str, Any]:
    """The kept input; empty if there is none or it has expired."""
    draft: dict[str, Any] = request.session.get(KEY) or {}
    return draft if draft.get("until", 0) > clock.machine_now().timestamp() else {}


def fill(form: AnyForm, draft: QueryDict | None) -> AnyForm:
    """Give an unbound form the kept fields as its initial values; without a draft, the form is unchanged."""
    if draft is not None and not form.is_bound:
        kept = {
            name: field.widget.value_from_datadict(draft, {}, form.add_prefix(name))
            for name, field in form.fields.items()
            if name not in NOT_KEPT
        }
        form.initial = {**(form.initial or {}), **kept}
    return form
