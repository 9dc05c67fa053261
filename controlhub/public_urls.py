"""URLs of this installation that people copy or get by mail."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse


def tenant_url(organization_id: UUID) -> str:
    """Returns an organization's SCIM base URL in the form of the handbook."""
    return f"{settings.PUBLIC_URL}/v1/scim/{organization_id}"


def webex_tenant_url(organization_id: UUID) -> str:
    """Returns the same base URL in the form of today's Webex SCIM API."""
    return f"{settings.PUBLIC_URL}/identity/scim/{organization_id}/v2"


def invitation_url(secret: str) -> str:
    """Returns the URL of the page on which an invitation is accepted."""
    return f"{settings.PUBLIC_URL}/invitations/{secret}/"


def token_url() -> str:
    """Returns the URL of the token endpoint for OAuth 2.0 client credentials (controlhub.api.oauth)."""
    return f"{settings.PUBLIC_URL}/oauth/token"


def password_reset_url(uid: str, token: str) -> str:
    """Returns the URL of the page on which a new password is set, at PUBLIC_URL, whatever the request's host is."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    return f"{settings.PUBLIC_URL}{path}"


def sign_in_url(organization_id: UUID) -> str:
    """Returns the organization's own sign-in URL, where its identity providers are offered."""
    path = reverse("organization-sign-in", kwargs={"organization_id": organization_id})
    return f"{settings.PUBLIC_URL}{path}"


def alert_url(alert_id: UUID) -> str:
    """Returns the URL of an alert's page."""
    return f"{settings.PUBLIC_URL}{reverse('alert-detail', kwargs={'alert_id': alert_id})}"


def events_url(query: str, since: datetime, until: datetime) -> str:
    """Returns the URL of the audit log with these filters, from the minute of one time until after that of another."""
    dates = {"date_from": since, "date_to": until + timedelta(minutes=1)}
    texts = {name: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") for name, moment in dates.items()}
    return f"{settings.PUBLIC_URL}{reverse('event-list')}?{query}{'&' * bool(query)}{urlencode(texts)}"
