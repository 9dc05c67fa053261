"""In other languages, no page, error or mail contains English, except names, data and protocol terms.

Every page of the resolver is opened in the language of `tests/pseudo.py`, whose letters all have accents, and every
form is submitted empty. Text with plain letters was not translated, or was composed of parts.
"""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4.element import PreformattedString
from django.template.loader import render_to_string
from django.test import Client
from django.utils.timezone import now
from django.utils.translation import override

from audit.vocabulary import AuditAction, Category, Service
from controlhub.actions.admins import set_language
from directory.gallery import templates
from directory.provisioning.scope import Operator
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.schemas import Type
from tests import factories, pages
from tests.pseudo import LANGUAGE
from tests.scenes import LONG, PORTAL, Scene, undone

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
MAILS = [
    str(path.relative_to(TEMPLATES))
    for folder in ("mail", "account/email", "mfa/email")
    for path in sorted((TEMPLATES / folder).glob("*.txt"))
    if not path.name.startswith("base_")
]

ATTRIBUTE_NAMES = {
    name
    for schema in (USER_RESOURCE.core, *USER_RESOURCE.extensions)
    for attribute in schema.attributes
    for name in (attribute.name, *(sub.name for sub in attribute.sub_attributes))
}
KEPT = [
    # Names of products and attributes, units, and terms of SCIM and OAuth.
    *("Control Hub", "Core Directory", "Entra ID", "UTC", "ID", "ms", "ETag", "userName", "Ctrl K", "Enter", "Esc"),
    *("English", "Deutsch", "SCIM", "application/scim+json"),
    *("externalId", "members", *Type),
    # Texts recorded in the audit log.
    *{action.activity for action in AuditAction},
    *Category,
    *Service,
    *("Command line", "Deleted permanently by an administrator"),
    # Texts stored by the scene.
    *(
        "Bank of Zion",
        "Barbara Jensen",
        "Ada Lovelace",
        "Tour Guide",
        'O\'Brien "Bob" <b>x</b>',
        "Wolfeschlegelsteinhausenbergerdorff" * 3,
    ),
    *("Switch", "Administrator", "BJ", "Ops", "Contoso", "Laptop", "Script", "Device", "A device", "hub", "Case 7"),
    *("Webex", "Control Hub (demo)", "Keiko", "keiko@harborpine.example", "harborpine.example"),
    # The directory: names in the scene, attributes and operators.
    *("Ada", "Alan", "Grace", "Engines", "Research", "badge", "17", "membershipRule.groups", "directory-rule"),
    *("a-very-long-name-of-a-group-without-any-blank" * 3, "a-very-long-name-without-any-blank" * 6),
    *("accountEnabled", "otherMails", "userPrincipalName"),
    *Operator,
    *(LONG[:60], LONG[:80], LONG[:80].title(), "x.example"),
    *("SIEM", "https://siem.example.com/in", "siem.example.com"),
    *("550 No such mailbox", "ZeroDivisionError", "Hello", "unknown", "work", "uniqueness", "POST", "False", LONG),
    *("neo", "svc", "switch", "bjensen", "smith", "brown", "jones", "mouse", "ghost", "example.com", "core"),
    *("urn:example:schemas:Device", "User", "Group"),
    "/Users",
    *("active", "schemas", "urn:ietf:params:scim:schemas:core:2.0:User", "scim:read", "scim:write"),
    *("Email", "help_desk", "auditor", "retention_days", "hold", "role", "true", "false", "(clear)", LONG[:59]),
    # Other products, and the terms in their consoles.
    *("Google Workspace", "JumpCloud", "Microsoft Entra ID", "Okta", "OneLogin", "SCIM 2.0 client"),
    *("Bearer token", "SCIM base URL", "RFC 7644: SCIM protocol", "chub_", "localhost:8000"),
    *(text for template in templates() for text in (template.name, template.publisher, template.initials) if text),
    *(source.title for template in templates() for source in template.sources),
    # Attributes of users and their values.
    *ATTRIBUTE_NAMES,
    *("type eq", "home", "other"),
]
"""Texts that are the same in every language. Text in `code`, `kbd`, `pre` and `.mono` is data."""
DATA = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in sorted(KEPT, key=len, reverse=True)))
TOKEN = re.compile(r"\b\w+@|https?://\S+|<[^>]*>|\{\w+\}|\bchub_[-\w]+|\b(?=\w*\d)[0-9a-f…]{4,}[-\w…]*")
"""URLs, placeholders, tokens and identifiers."""
PLAIN = re.compile(r"[A-Za-z]{2,}")
UNSEEN = {"noscript", "script", "style", "svg", "template", "code", "kbd", "pre"}
ATTRIBUTES = ("alt", "aria-label", "placeholder", "title", "data-text", "data-copied", "data-not-copied")


def english(text):
    """The words of a text that are neither data nor accented."""
    return PLAIN.findall(TOKEN.sub(" ", DATA.sub(" ", text)))


def texts(page):
    for names in page.all("select[name=time_zone] option[value]"):
        names.decompose()
    for text in page.soup.find_all(string=True):
        chain = list(text.parents)
        is_seen = not UNSEEN & {element.name for element in chain} and not isinstance(text, PreformattedString)
        if is_seen and not any("mono" in element.get("class", []) for element in chain if element.name != "[document]"):
            yield str(text)
    for element in page.all(", ".join(f"[{name}]" for name in ATTRIBUTES)):
        yield from (element[name] for name in ATTRIBUTES if element.has_attr(name))


def untranslated(answer):
    return {" ".join(text.split()) for text in texts(pages.read(answer)) if english(text)}


@pytest.fixture
def scene(speaks_pseudo, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    scene = Scene()
    set_language(scene.admin, language=LANGUAGE)
    return scene


def visitors(scene):
    """Two browsers: a signed-in administrator, and a visitor who is not signed in."""
    signed_in = factories.browser(scene.admin)
    signed_in.defaults["HTTP_ACCEPT_LANGUAGE"] = LANGUAGE
    return signed_in, Client(headers={"Accept-Language": LANGUAGE})


def addresses(scene):
    """Pairs of a route and its URL. Pages of a user are included once per status."""
    for name in PORTAL:
        people = scene.people() if "user_id" in scene.identifiers(name) and name != "receipt" else [None]
        for person in people:
            yield name, scene.address(name, **({"user_id": person.pk} if person else {}))


def is_page(answer):
    return answer.get("Content-Type", "").startswith("text/html") and not answer.has_header("Location")


@pytest.mark.deep
@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_and_errors_show_no_english(scene, method):
    browsers, found, seen = visitors(scene), {}, set()
    for name, address in addresses(scene):
        for browser in browsers:
            with undone(browser):
                answer = getattr(browser, method)(address)
            if is_page(answer):
                seen.add(name)
                for text in untranslated(answer):
                    found.setdefault(text, set()).add(name)
    assert found == {}, "\n".join(map(repr, sorted(found.items())))
    assert len(seen) > 35


@pytest.mark.parametrize("path", MAILS)
def test_mails_show_no_english(scene, path):
    moment = now()
    job = SimpleNamespace(
        name="core", succeeded_at=moment, failed_at=moment, started_at=moment, error="ZeroDivisionError"
    )
    token = SimpleNamespace(name="Script", prefix="chub_x", expires_at=moment, last_used_at=None)
    context = {"organization": scene.organization, "user": scene.admin, "number": 1, "usual": 2, "due": 3, "limit": 4}
    context |= {"days": 5, "minutes": 6, "by": "Switch", "jobs": [job], "token": token, "timestamp": moment}
    context |= {"ip": "::1", "user_agent": "hub", "authenticator": None, "provider": scene.provider}
    context |= {"portal": "http://localhost", "address": "http://localhost", "password_reset_url": "http://localhost"}
    context |= {
        "alert": SimpleNamespace(name="Script", trigger="events"),
        "cause": SimpleNamespace(number=1, subject_label="Script", since=moment, until=moment),
        "events_url": "http://localhost",
        "alert_url": "http://localhost",
    }
    with override(LANGUAGE):
        text = render_to_string(path, context)
    assert text.strip()
    assert english(text) == []


def test_english_words_are_found():
    assert english("Úśéŕś of Contoso") == ["of"]
    assert english("neo@example.com, Contoso · Úśéŕś 01a217fa-e097-70ad-b4d3-dfafd5333604") == []
    assert english("Delete 3 users") == ["Delete", "users"]
