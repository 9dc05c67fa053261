"""Test Connection: a few harmless requests to a SCIM service, with what each found and what to do about it."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import uuid4

import orjson
import requests
from django.utils.translation import gettext as _
from requests import Response

from controlhub.security.outbound import RefusedAddressError, Session, open_session

MAX_SHOWN = 300
"""The maximum number of characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. `advice` is empty if it worked; `answer` is what the service wrote, untrusted."""

    title: str
    request: str
    is_ok: bool
    result: str
    advice: str = ""
    answer: str = ""
    milliseconds: int = 0


@dataclass(slots=True)
class ConnectionTest:
    """The steps in order; the test stops at the first one that fails."""

    steps: list[Step] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return all(step.is_ok for step in self.steps)

    @property
    def milliseconds(self) -> int:
        return sum(step.milliseconds for step in self.steps)


def run_connection_test(tenant_url: str, token: str) -> ConnectionTest:
    """Look for a user that does not exist, then read the schemas. Nothing is written to the service."""
    test = ConnectionTest()
    with open_session() as session:
        session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/scim+json"})
        query = urlencode({"filter": f'userName eq "{uuid4()}"', "count": 1})
        search = _try(session, tenant_url, "/Users", query, _("Sign in and look for a user that does not exist"))
        test.steps.append(search)
        if search.is_ok:
            test.steps.append(_try(session, tenant_url, "/Schemas", "", _("Read the schemas")))
    return test


def _try(session: Session, tenant_url: str, path: str, query: str, title: str) -> Step:
    parts = urlsplit(tenant_url)
    together = "&".join(text for text in (query, parts.query) if text)
    url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, together, ""))
    shown = f"GET {path}" + (f"?{query}" if query else "")
    began = monotonic()
    try:
        response = session.get(url)
    except requests.RequestException as error:
        return Step(title, shown, False, *_unreachable(error), milliseconds=_since(began))
    result, advice = _judged(response, is_list=path == "/Users")
    answer = "" if not advice else response.content[:MAX_SHOWN].decode(errors="replace")
    return Step(title, shown, not advice, result, advice, answer, _since(began))


def _since(began: float) -> int:
    return round((monotonic() - began) * 1_000)


def _unreachable(error: requests.RequestException) -> tuple[str, str]:
    if isinstance(error, RefusedAddressError):
        return str(error), _(
            "Enter the URL from the service's documentation. Only your operator can allow other addresses."
        )
    if isinstance(error, requests.exceptions.SSLError):
        return _("The certificate of the service is not valid."), _("Check the host name in the Tenant URL.")
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return _("The service does not respond."), _("Check the Tenant URL, and whether the service is available.")
    return _("The service's response is too large or too slow."), _("Check that the URL is that of a SCIM service.")


def _judged(response: Response, *, is_list: bool) -> tuple[str, str]:
    """The result, and what to do about it: "" if there is nothing to do."""
    status = response.status_code
    result = _("The service responded with {status}.").format(status=status)
    if status in {401, 403}:
        return result, _("The service does not accept the Secret Token. Create a new one there and enter it here.")
    if status == 404 and is_list:
        return result, _("There is no SCIM service at this URL. Compare it with the URL format that the gallery shows.")
    if status == 429:
        return result, _("The service is busy. Wait a few minutes and test again.")
    if status >= 500:
        return result, _("The service has a problem. Test again later.")
    if not is_list and status in {404, 501}:
        return _("The service has no schemas. The mappings use those of RFC 7643."), ""
    if status != 200:
        return result, _("The service does not accept the request. The response gives the reason.")
    return _content(response, result, is_list=is_list)


def _content(response: Response, result: str, *, is_list: bool) -> tuple[str, str]:
    document = _json(response.content)
    found = document.get("Resources", []) if isinstance(document, dict) else None
    if not isinstance(found, list) or not isinstance(document, dict) or "schemas" not in document:
        return result, _("The response is not a SCIM list. Remove /Users and what follows it from the Tenant URL.")
    if is_list and found:
        return result, _("The service ignores filters, so existing users cannot be found. Ask its vendor.")
    if is_list:
        return _("The service responded with {status} and an empty list.").format(status=200), ""
    return _("The service responded with {status} and {number} schemas.").format(status=200, number=len(found)), ""


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
