"""A SCIM client for one application. Its methods run in threads without a database connection.

Responses are not trusted: the outbound client limits their size, and their structure is checked.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import orjson
import requests

from controlhub.security.outbound import RefusedAddressError, Session, open_session
from directory.engine.errors import MAX_SHOWN, Cause, RequestFailedError, RequestNote, failure_of
from directory.provisioning.changes import Change, Dialect, patch, put
from directory.provisioning.plan import MEMBERS, Found, Kind
from scim.protocol import urns

SCIM: Final = "application/scim+json"
OPT_IN = "aadOptscim062020"
ENDPOINTS = {Kind.PERSON: "Users", Kind.GROUP: "Groups"}
MAX_ID = 512
MAX_WAIT = 3_600.0
"""Seconds. A longer `Retry-After` is reduced to this."""
PATIENCE = 2.0
"""If the application asks to wait up to this many seconds, the thread itself waits."""
LOST_IN_A_ROW = 8
"""After this many requests in a row without an answer, one last request decides if the application is unreachable."""


class Pace:
    """State that all threads of a turn share: the rate, the wait that the application asked for, and the end."""

    def __init__(self, *, per_second: float = 0) -> None:
        self._gap = 1 / per_second if per_second else 0
        self._next = 0.0
        self._lock = threading.Lock()
        self.held_until = 0.0
        """No request is sent before this time (time.monotonic)."""
        self.lost_in_a_row = 0
        """Requests without an answer since the last answer."""
        self.is_refused = False
        """Whether the application has refused the credentials."""

    @property
    def is_over(self) -> bool:
        """Whether more requests of this turn would only fail."""
        held = self.held_until - time.monotonic() > PATIENCE
        return held or self.is_refused or self.lost_in_a_row >= LOST_IN_A_ROW

    def wait(self, note: RequestNote) -> None:
        """Wait until a request may be sent; raises RequestFailedError if that would take too long."""
        held = self.held_until - time.monotonic()
        if held > PATIENCE:
            raise RequestFailedError(Cause.HELD, "TooManyRequests", note, seconds=held)
        if held > 0:
            time.sleep(held)
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            self._next = max(now, self._next + self._gap)
            pause = self._next - now
        if pause > 0:
            time.sleep(pause)

    def hold(self, seconds: float) -> None:
        self.held_until = max(self.held_until, time.monotonic() + min(seconds, MAX_WAIT))


@dataclass(frozen=True, slots=True)
class Habits:
    """How the application expects its requests."""

    dialect: Dialect = Dialect.ENTRA
    uses_put: bool = False
    replaces_members: bool = False
    members_per_request: int = 1_000
    per_second: float = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A write, before it is sent: alone, or with others in a Bulk request."""

    method: str
    address: str
    body: Mapping[str, Any] | None = None

    @property
    def note(self) -> RequestNote:
        return RequestNote(self.method, self.address[:MAX_SHOWN])


class TargetClient:
    """Requests to one application. Use it as a context manager; each thread has its own connection."""

    def __init__(self, url: str, token: str, habits: Habits, pace: Pace) -> None:
        parts = urlsplit(url)
        flags = parts.query.lower()
        self.habits = habits
        self.dialect = Dialect.AAD_OPT if OPT_IN.lower() in flags else habits.dialect
        self.pace = pace
        self._base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self._headers = {"Authorization": f"Bearer {token}", "Accept": SCIM, "Content-Type": SCIM}
        self._local = threading.local()
        self._sessions: list[Session] = []

    def __enter__(self) -> "TargetClient":
        return self

    def __exit__(self, *_error: object) -> None:
        for session in self._sessions:
            session.close()

    # --- reading ---
    def probe(self) -> None:
        """Raises RequestFailedError if the application does not respond, or refuses the credentials."""
        self._send("GET", "/Users?count=1")

    def count(self, kind: Kind, condition: str = "") -> int:
        """The number of objects that the application reports, in all or for a filter; -1 if it does not report it."""
        query = {"filter": condition} if condition else {}
        address = f"/{ENDPOINTS[kind]}?{urlencode({**query, 'count': 1}, quote_via=quote)}"
        total = self._send("GET", address).get("totalResults")
        return total if isinstance(total, int) and not isinstance(total, bool) else -1

    def find(self, kind: Kind, path: str, value: str) -> list[Found]:
        """Objects whose attribute has the value: none, one, or more."""
        text = orjson.dumps(value).decode()
        query = {"filter": f"{path} eq {text}"}
        if kind is Kind.GROUP:
            query["excludedAttributes"] = MEMBERS
        address = f"/{ENDPOINTS[kind]}?{urlencode(query, quote_via=quote)}"
        answer = self._send("GET", address)
        found = answer.get("Resources", [])
        if not isinstance(found, list):
            raise self._incompatible("GET", address, "Resources is not a list")
        return [self._found(each, "GET", address) for each in found]

    def read(self, kind: Kind, remote_id: str) -> Found | None:
        """An object; None if the application no longer has it."""
        address = self._address(kind, remote_id)
        if kind is Kind.GROUP:
            address += f"?excludedAttributes={MEMBERS}"
        try:
            return self._found(self._send("GET", address), "GET", address)
        except RequestFailedError as error:
            if error.note.status == 404:
                return None
            raise

    def page(self, kind: Kind, start: int, count: int) -> tuple[int, list[Found]]:
        """One page of all objects, where the first object has the position 1: the total, and the objects."""
        address = f"/{ENDPOINTS[kind]}?startIndex={start}&count={count}"
        if kind is Kind.GROUP:
            address += f"&excludedAttributes={MEMBERS}"
        answer = self._send("GET", address)
        found, total = answer.get("Resources", []), answer.get("totalResults", 0)
        if not isinstance(found, list) or not isinstance(total, int):
            raise self._incompatible("GET", address, "not a list of resources")
        return total, [self._found(each, "GET", address) for each in found]

    def schemas(self) -> Mapping[str, Any]:
        """The list of schemas that the application serves."""
        return self._send("GET", "/Schemas")

    def limits(self) -> Mapping[str, Any]:
        """The limits that the application announces for Bulk requests (RFC 7643 §5); raises RequestFailedError."""
        found = self._send("GET", "/ServiceProviderConfig").get("bulk")
        return found if isinstance(found, dict) else {}

    # --- writing ---
    def creating(self, kind: Kind, document: Mapping[str, Any]) -> Request:
        return Request("POST", f"/{ENDPOINTS[kind]}", document)

    def changing(self, kind: Kind, remote: Found, changes: Sequence[Change]) -> Request:
        """Changes of attributes, with PATCH or with PUT."""
        address = self._address(kind, remote.id)
        if self.habits.uses_put:
            return Request("PUT", address, put(remote.document, changes))
        return Request("PATCH", address, patch(changes, self.dialect))

    def deleting(self, kind: Kind, remote_id: str) -> Request:
        return Request("DELETE", self._address(kind, remote_id))

    def write(self, request: Request) -> Mapping[str, Any]:
        """Send the request. Returns the document of the answer, {} without one; raises RequestFailedError."""
        return self._send(request.method, request.address, request.body)

    def change(self, kind: Kind, remote: Found, changes: Sequence[Change]) -> None:
        self.write(self.changing(kind, remote, changes))

    def created(self, request: Request, document: Mapping[str, Any]) -> str:
        """The id in the answer to a creation; raises RequestFailedError if it is missing."""
        return self._found(document, request.method, request.address).id

    def change_members(self, remote_id: str, added: Sequence[str], removed: Sequence[str]) -> None:
        """Add and remove members of a group, by their ids in the application."""
        operations = [*self._adding(added), *self._removing(removed)]
        body = {"schemas": [urns.PATCH_OP], "Operations": operations}
        self._send("PATCH", self._address(Kind.GROUP, remote_id), body)

    def replace_members(self, remote: Found, members: Sequence[str]) -> None:
        """Send the whole list of members."""
        address, values = self._address(Kind.GROUP, remote.id), [{"value": each} for each in members]
        if self.habits.uses_put:
            body = put(remote.document, ()) | {MEMBERS: values}
            self._send("PUT", address, body)
            return
        name = "Replace" if self.dialect is Dialect.ENTRA else "replace"
        operations = [{"op": name, "path": MEMBERS, "value": values}]
        self._send("PATCH", address, {"schemas": [urns.PATCH_OP], "Operations": operations})

    def _adding(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        name = "Add" if self.dialect is Dialect.ENTRA else "add"
        values = [{"value": each} for each in ids]
        return [{"op": name, "path": MEMBERS, "value": values}] if ids else []

    def _removing(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        if self.dialect is Dialect.ENTRA:
            values = [{"value": each} for each in ids]
            return [{"op": "Remove", "path": MEMBERS, "value": values}] if ids else []
        return [{"op": "remove", "path": f"{MEMBERS}[value eq {orjson.dumps(each).decode()}]"} for each in ids]

    # --- requests ---
    def _address(self, kind: Kind, remote_id: str) -> str:
        return f"/{ENDPOINTS[kind]}/{quote(remote_id, safe='')}"

    def _send(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The document of a successful answer, {} without a body; raises RequestFailedError."""
        note = RequestNote(method, address[:MAX_SHOWN])
        self.pace.wait(note)
        data = orjson.dumps(body) if body is not None else None
        try:
            response = self._session().request(method, self._base + address, data=data, headers=self._headers)
        except RefusedAddressError as error:
            refused = RequestNote(method, note.path, 0, str(error)[:MAX_SHOWN])
            raise RequestFailedError(Cause.CREDENTIALS, "InvalidDomain", refused) from error
        except requests.RequestException as error:
            self.pace.lost_in_a_row += 1
            code = "Timeout" if isinstance(error, requests.Timeout) else "WebExceptionProtocolError"
            raise RequestFailedError(Cause.TRANSIENT, code, note, is_lost=True) from error
        self.pace.lost_in_a_row = 0
        if 200 <= response.status_code < 300:
            return self._document(response, note)
        raise self._failure(response, note)

    def _document(self, response: requests.Response, note: RequestNote) -> Mapping[str, Any]:
        if not response.content.strip():
            return {}
        document = _json(response)
        if not isinstance(document, dict):
            raise self._incompatible(note.method, note.path, _first_line(response), response.status_code)
        return document

    def _failure(self, response: requests.Response, note: RequestNote) -> RequestFailedError:
        seconds = _wait_of(response) if response.status_code in {423, 429, 503} else 0
        if seconds:
            self.pace.hold(seconds)
        self.pace.is_refused |= response.status_code == 401
        return refusal_of(note, response.status_code, _json(response), text=_first_line(response), seconds=seconds)

    def _found(self, document: Any, method: str, address: str) -> Found:
        remote_id = document.get("id") if isinstance(document, dict) else None
        if not isinstance(remote_id, str | int) or isinstance(remote_id, bool) or not 0 < len(str(remote_id)) <= MAX_ID:
            raise self._incompatible(method, address, "The answer has no usable id.")
        return Found(str(remote_id), document)

    def _incompatible(self, method: str, address: str, answer: str, status: int = 200) -> RequestFailedError:
        code = "SystemForCrossDomainIdentityManagementServiceIncompatible"
        note = RequestNote(method, address[:MAX_SHOWN], status, answer[:MAX_SHOWN])
        return RequestFailedError(Cause.OBJECT, code, note)

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = open_session()
            self._sessions.append(session)
        return session


def refusal_of(
    note: RequestNote, status: int, document: Any, *, text: str = "", seconds: float = 0
) -> RequestFailedError:
    """The error for an unsuccessful answer, with what the application says about it."""
    scim_type = str(document.get("scimType") or "") if isinstance(document, dict) else ""
    detail = str(document.get("detail") or "") if isinstance(document, dict) else ""
    failed = RequestNote(note.method, note.path, status, (detail or text)[:MAX_SHOWN])
    return failure_of(failed, scim_type=scim_type, seconds=seconds)


def _json(response: requests.Response) -> Any:
    """The value of the body, None if it is not JSON. NUL is replaced, because the database cannot store it."""
    try:
        return orjson.loads(response.content.replace(b"\\u0000", b"\\ufffd"))
    except orjson.JSONDecodeError:
        return None


def _first_line(response: requests.Response) -> str:
    text = response.content[: MAX_SHOWN * 4].decode("utf-8", "replace").replace("\0", "\ufffd").strip()
    return text.splitlines()[0] if text else ""


def _wait_of(response: requests.Response) -> float:
    """The seconds in `Retry-After` (RFC 9110 §10.2.3): 60 for a date, 0 without the header."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 9:
        return min(max(float(text), 0.1), MAX_WAIT)
    return 60.0 if text else 0.0
