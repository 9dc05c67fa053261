"""How an application is provisioned: credentials, scope, guard and status, saved together."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import InvalidSettingError, OutdatedError
from controlhub.security.outbound import require_address
from directory.actions.applications import audit_target
from directory.models import Application

MAX_URL = 2_000
MAX_TOKEN = 8_000
MAX_MINUTES = 24 * 60
REREAD = frozenset({
    *("tenant_url", "scope", "includes_nested", "provisions_users", "provisions_groups"),
    *("creates", "updates", "deletes"),
})  # fmt: skip
"""Settings after whose change the next cycle processes every object again."""


@dataclass(frozen=True, slots=True)
class ProvisioningSettings:
    """The columns of `Application` that the Provisioning page sets. `interval` is in minutes."""

    is_automatic: bool
    is_on: bool
    tenant_url: str
    notification_email: str
    notifies: bool
    guards_deletions: bool
    deletion_threshold: int
    scope: str
    includes_nested: bool
    provisions_users: bool
    provisions_groups: bool
    creates: bool
    updates: bool
    deletes: bool
    interval: int

    @classmethod
    def of(cls, application: Application) -> "ProvisioningSettings":
        return cls(**{name: getattr(application, name) for name in cls.__dataclass_fields__})


@transaction.atomic
def change_provisioning(
    application: Application, wanted: ProvisioningSettings, *, secret: str = "", version: int, actor: Actor
) -> Application:
    """Save the settings; an empty `secret` keeps the stored one, unless the Tenant URL changes: that removes it.

    Raises OutdatedError if somebody has saved since `version`, and InvalidSettingError with the field at fault. Saving
    unchanged settings does nothing.
    """
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if locked.version != version:
        raise OutdatedError
    wanted = replace(wanted, tenant_url=usable_url(wanted.tenant_url) if wanted.tenant_url else "")
    before, after = _differences(ProvisioningSettings.of(locked), wanted)
    removes_secret = "tenant_url" in after and bool(locked.sealed_secret) and not secret
    for name, value in after.items():
        setattr(locked, name, value)
    if secret or removes_secret:
        _set_secret(locked, secret, actor)
    _require_complete(locked, removes_secret=removes_secret)
    if not after and not secret:
        return locked
    if REREAD & after.keys():
        locked.configured += 1
    locked.version += 1
    locked.modified_at = Now()
    locked.save()
    details = {"credentials": "removed" if removes_secret else "changed"} if secret or removes_secret else {}
    content = EventContent(before=before, after=after, details=details)
    record(AuditAction.APPLICATION_CONFIGURED, target=audit_target(locked), content=content, actor=actor)
    locked.refresh_from_db(fields=["modified_at", "secret_since"])  # PostgreSQL's times
    return locked


def usable_url(text: str) -> str:
    """The Tenant URL without a trailing slash; raises InvalidSettingError if no request could go there."""
    url = text.strip().rstrip("/")
    try:
        require_address(url)
        parts = urlsplit(url)
    except (requests.RequestException, ValueError) as error:
        raise InvalidSettingError(str(error), field="tenant_url") from error
    if parts.fragment or "#" in url:
        raise InvalidSettingError(_("Remove # and what follows it from the URL."), field="tenant_url")
    if any(not character.isprintable() or character.isspace() for character in url):
        raise InvalidSettingError(_("Remove spaces and control characters from the URL."), field="tenant_url")
    return url


def require_token(secret: str) -> None:
    """Raises InvalidSettingError for a token that cannot be in a header (RFC 6750 §2.1)."""
    if not secret.isascii() or any(not character.isprintable() or character.isspace() for character in secret):
        text = _("A token has letters, digits and punctuation, and no spaces. Copy it again.")
        raise InvalidSettingError(text, field="client_secret")


def _differences(
    stored: ProvisioningSettings, wanted: ProvisioningSettings
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The old and the new values of the settings that change."""
    old, new = asdict(stored), asdict(wanted)
    changed = [name for name in new if new[name] != old[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def _set_secret(application: Application, secret: str, actor: Actor) -> None:
    require_token(secret)
    application.keep_secret(secret)
    application.secret_since = Now() if secret else None
    application.secret_by = actor.label if secret else ""


def _require_complete(application: Application, *, removes_secret: bool) -> None:
    if application.notifies or application.notification_email:
        try:
            validate_email(application.notification_email)
        except ValidationError as error:
            text = _("Enter the email address that notifications are sent to.")
            raise InvalidSettingError(text, field="notification_email") from error
    if not application.is_on:
        return
    if not application.tenant_url:
        raise InvalidSettingError(_("Enter the Tenant URL before you turn provisioning on."), field="tenant_url")
    if not application.sealed_secret:
        text = _("The Tenant URL has changed. Enter the Secret Token for it.")
        if not removes_secret:
            text = _("Enter the Secret Token before you turn provisioning on.")
        raise InvalidSettingError(text, field="client_secret")
