"""Signing in with a password: attempts are counted before anything is hashed; no answer tells who exists."""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from audit.record import Story, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.throttles import count_attempt, forget_attempts
from controlhub.actions.users.target import audit_target
from controlhub.models import Account
from controlhub.names import canonical_key
from controlhub.portal.access import actor_of
from controlhub.requests import client_address

WINDOW = timedelta(minutes=15)
PER_ADDRESS = 10
PER_CLIENT = 100


class AccountBackend(ModelBackend):
    """Django's backend, reading the account with its user and organization in one query."""

    def get_user(self, user_id: Any) -> Account | None:
        return Account.objects.select_related("user__organization").filter(pk=user_id, user__active=True).first()


def sign_in(request: HttpRequest, *, address: str, password: str) -> Account | None:
    """The account, if address and password are right and the user is Active. TooManyAttemptsError before that."""
    key = canonical_key(address)
    throttle = f"sign-in:{hashlib.sha256(key.encode()).hexdigest()}"
    count_attempt(f"sign-in-from:{client_address(request)}", limit=PER_CLIENT, window=WINDOW)
    count_attempt(throttle, limit=PER_ADDRESS, window=WINDOW)
    account = authenticate(request, username=key, password=password)
    if isinstance(account, Account):
        forget_attempts(throttle)
        note(AuditAction.SIGNED_IN, request, account)
        return account
    if known := Account.objects.select_related("user").filter(sign_in_key=key).first():
        note(AuditAction.SIGN_IN_FAILED, request, known, result=Result.FAILURE)
    return None


def note(action: AuditAction, request: HttpRequest, account: Account, *, result: Result = Result.SUCCESS) -> None:
    """Tell the audit log about a sign-in, a failed one, or a sign-out."""
    record(action, target=audit_target(account.user), story=Story(result=result), actor=actor_of(request, account))
