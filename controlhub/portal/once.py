"""A form takes effect once, however often it is sent: by a double click, by Back and another click, or by a retry."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.core.cache import cache
from django.http import HttpRequest

from controlhub.models.policies import SESSION_HOURS

FORM_ID = "form_id"
REMEMBERED_SECONDS = SESSION_HOURS.most * 60 * 60  # as long as a session can last


class _FormId(forms.Form):
    form_id = forms.UUIDField(required=False)


@contextmanager
def first_time(request: HttpRequest) -> Iterator[bool]:
    """Whether this form, by its id, is submitted for the first time; always true for a form without an id.

    If the block fails, the id is released, so that the form can be submitted again after an error.
    """
    form = _FormId(request.POST)
    form_id = form.cleaned_data["form_id"] if form.is_valid() else None
    key = f"form:{request.user.pk}:{form_id}"
    if form_id is None:
        yield True
        return
    is_first = cache.add(key, True, REMEMBERED_SECONDS)
    try:
        yield is_first
    except Exception:
        if is_first:
            cache.delete(key)
        raise
