"""The results of a search, by kind, limited to what the searcher's role can see."""

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import AccessToken, Group, Permission, User
from controlhub.models.policies import POLICIES, Page
from controlhub.portal.access import PortalRequest
from controlhub.portal.lookup.events import events_of_request
from controlhub.portal.lookup.hits import Hit, Section
from controlhub.portal.lookup.ids import GROUP, address_of
from controlhub.portal.navigation import SECTIONS
from controlhub.security.token_secrets import PREFIX
from controlhub.sql.user_lists import planned_for_values
from controlhub.text.names import canonical_key
from controlhub.text.readable import plain
from controlhub.user_lists.search import found_by_index

MOST = 8
"""The maximum number of lines of one kind."""
LEAST = 2
"""Shorter queries find only pages."""
SECONDS = 2.0
PAGES = {Page.ORGANIZATION: "organization-detail", Page.SCHEMAS: "schema-list", Page.SIGN_IN: "sign-in-policy"}
"""The page of each policy, by URL name."""
SHOWN_OF_TOKEN = len(PREFIX) + 4
LAST = chr(0x10FFFF)
LISTS = (
    ("user-list", _lazy("Name, email, phone, ID or employee number")),
    ("group-list", _lazy("Group name, external ID or SCIM ID")),
    ("event-list", _lazy("Name, email or ID")),
)
"""The lists that search for the same text, by URL name, and the fields that they search."""


def sections_of(request: PortalRequest, text: str) -> list[Section]:
    """Only sections with results, in the order in which they are shown."""
    found = [
        Section("people", _("People"), list(_people(request, text))),
        Section("groups", _("Groups"), list(_groups(request, text))),
        Section("tokens", _("Access tokens"), list(_tokens(request, text))),
        Section("pages", _("Pages and settings"), list(_pages(request, text))),
    ]
    return [section for section in found if section.hits]


def lists_for(request: PortalRequest, text: str) -> list[Hit]:
    """The lists that can be searched for this text; none for a token, which must not appear in a URL."""
    if len(text) < LEAST or text.startswith(PREFIX):
        return []
    items = {item.page: item for section in SECTIONS for item in section.items if item.is_open_to(request.permissions)}
    found = [(items[name], detail) for name, detail in LISTS if name in items]
    query = urlencode({"q": text})
    return [Hit(str(item.label), str(detail), f"{item.url}?{query}", item.icon) for item, detail in found]


def events_section(request: PortalRequest, wanted: UUID) -> list[Section]:
    """The audit events of a request."""
    if Permission.VIEW_AUDIT not in request.permissions:
        return []
    hits = [
        Hit(event.activity, plain(event.target_label), reverse("event-detail", args=[event.pk]), "view-list-regular")
        for event in events_of_request(wanted, request.organization)
    ]
    return [Section("events", _("Audit events of this request"), hits)] if hits else []


def _people(request: PortalRequest, text: str) -> Iterator[Hit]:
    if Permission.VIEW_USERS not in request.permissions or len(text) < LEAST or text.startswith(PREFIX):
        return
    with planned_for_values(seconds=SECONDS):
        found = list(found_by_index(User.objects.all(), request.organization, text)[:MOST])
    for user in sorted(found, key=lambda user: (not user.active, user.display_label.lower())):
        url = reverse("user-detail", args=[user.pk])
        title = user.document.get("title")
        detail = " · ".join(plain(part) for part in (title, user.shown_user_name) if part and isinstance(part, str))
        yield Hit(user.display_label, detail, url, "user-regular", person=user)


def _groups(request: PortalRequest, text: str) -> Iterator[Hit]:
    if Permission.VIEW_USERS not in request.permissions or len(text) < LEAST:
        return
    key = canonical_key(text)
    groups = Group.objects.in_organization(request.organization)
    begins = Q(display_name_key__gte=key, display_name_key__lt=key + LAST)
    found = groups.filter(begins).select_related("connection").order_by("display_name_key", "ordinal")
    for group in found[:MOST]:
        if url := address_of(GROUP, group.pk):
            yield Hit(plain(group.display_name), _about(group), url, "people-regular")


def _about(group: Group) -> str:
    source = plain(group.connection.name) if group.connection else "Control Hub"
    number = ngettext("{number} direct member", "{number} direct members", group.member_count)
    return f"{source} · {number.format(number=group.member_count)}"


def _tokens(request: PortalRequest, text: str) -> Iterator[Hit]:
    """Matches the part of a token that lists show; a whole token matches, too."""
    if Permission.VIEW_PROVISIONING not in request.permissions or not text.startswith(PREFIX):
        return
    tokens = AccessToken.objects.in_organization(request.organization).filter(connection__isnull=False)
    for token in tokens.filter(prefix__startswith=text[:SHOWN_OF_TOKEN]).order_by("-created_at")[:MOST]:
        yield Hit(plain(token.name), f"{token.prefix}…", reverse("provisioning"), "secure-lock-regular")


def _pages(request: PortalRequest, text: str) -> Iterator[Hit]:
    items = [(section, item) for section in SECTIONS for item in section.items if item.is_open_to(request.permissions)]
    for section, item in items:
        if text.lower() in str(item.label).lower():
            yield Hit(str(item.label), str(section.label), item.url, item.icon)
    if Permission.VIEW_USERS in request.permissions and len(text) >= LEAST:
        for policy in POLICIES.values():
            if text.lower() in str(policy.label).lower():
                yield Hit(str(policy.label), _("Setting"), reverse(PAGES[policy.page]), "settings-regular")
