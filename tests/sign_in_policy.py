"""Helpers shared by the tests of the sign-in policy."""

from allauth.mfa.models import Authenticator
from django.urls import reverse

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from tests import factories, pages

OFFICE, HOME = "203.0.113.7", "198.51.100.9"
SETUP = "/account/second-factor/"


def set_policies(organization, **changes):
    change_policies(organization, changes=changes, actor=factories.COMMAND)


def give_factor(account, kind=Authenticator.Type.TOTP):
    return Authenticator.objects.create(user=account, type=kind, data={"secret": "x"})


def form_of(browser):
    fields = pages.read(browser.get(reverse("sign-in-policy"))).form(reverse("sign-in-policy-change")).fields
    return {name: value for name, value in fields.items() if value is not None}


def save(browser, **changes):
    fields = form_of(browser) | changes
    return browser.post(reverse("sign-in-policy-change"), {name: value for name, value in fields.items() if value})


def events(action):
    return list(AuditEvent.objects.filter(action=action).order_by("created_at", "id"))
