import pytest
from django import forms
from django.contrib.messages.storage.base import BaseStorage
from django.test import RequestFactory

from controlhub.errors import LastFullAdminError, NameTakenError
from controlhub.portal.refusals import Refusals, status_of


class PersonForm(forms.Form):
    name = forms.CharField()


class Messages(BaseStorage):
    def _get(self, *args, **kwargs):
        return [], True


@pytest.fixture
def request_():
    request = RequestFactory().post("/")
    request._messages = Messages(request)
    return request


def test_block_without_refusal_is_falsy(request_):
    with Refusals(request_) as refused:
        pass
    assert not refused
    assert refused.message == ""


def test_refusal_becomes_a_message(request_):
    with Refusals(request_) as refused:
        raise LastFullAdminError
    assert refused
    assert [message.message for message in request_._messages._queued_messages] == [LastFullAdminError.default_message]


def test_refusal_is_shown_in_its_field(request_):
    form = PersonForm({"name": "Barbara"})
    with Refusals(request_, form):
        raise NameTakenError(field="name")
    assert form.errors == {"name": [NameTakenError.default_message]}
    assert not request_._messages._queued_messages


@pytest.mark.parametrize(("field", "shown_at"), [(None, "__all__"), ("name", "name")])
def test_refusal_of_unknown_field_is_shown_in_the_default_field(request_, field, shown_at):
    form = PersonForm({"name": "Barbara"})
    with Refusals(request_, form, field=field):
        raise NameTakenError(field="userName")
    assert list(form.errors) == [shown_at]


def test_other_errors_are_raised(request_):
    with pytest.raises(ZeroDivisionError), Refusals(request_):
        raise ZeroDivisionError


def test_status_depends_on_the_errors_of_the_form():
    refused = PersonForm({"name": "Barbara"})
    with Refusals(form=refused):
        raise NameTakenError
    assert [status_of(form) for form in (PersonForm(), PersonForm({}), refused)] == [200, 422, 409]
