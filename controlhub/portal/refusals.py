"""Refusals by the organization's rules, shown at a field of the form or as a message."""

from contextlib import AbstractContextManager
from types import TracebackType

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from controlhub.actions.refusals import record_refusal
from controlhub.errors import DomainError

REFUSED = "refused"
"""The code of a form error that an action raised, rather than the form itself."""


class Refusals(AbstractContextManager["Refusals", bool]):
    """Catches a DomainError that its body raises, and is true afterwards if there was one.

    With a form, the message appears at the field at fault, or at `field` if the form has no such field; without
    `field`, above the form. With only a request, it is a message on the next page. With neither, it is only kept.

        with Refusals(request, form) as refused:
            map_group(group, role=role, actor=request.actor)
        if refused:
            return page(request, form, status=409)
    """

    def __init__(
        self, request: HttpRequest | None = None, form: forms.Form | None = None, *, field: str | None = None
    ) -> None:
        self._request = request
        self._form = form
        self._field = field
        self.error: DomainError | None = None

    def __enter__(self) -> "Refusals":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, DomainError):
            return False
        record_refusal(error)
        self.error = error
        if self._form is not None:
            field = error.field if error.field in self._form.fields else self._field
            self._form.add_error(field, ValidationError(error.message, code=REFUSED))
        elif self._request is not None:
            messages.error(self._request, error.message)
        return True

    def __bool__(self) -> bool:
        return self.error is not None

    @property
    def message(self) -> str:
        return self.error.message if self.error else ""


def status_of(form: forms.Form) -> int:
    """The status of a page that shows the form: 200 if it has no errors, 409 if an action refused it, else 422."""
    if not form.errors:
        return 200
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    return 409 if REFUSED in codes else 422
