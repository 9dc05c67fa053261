"""Secrets that are shown for a short time: on a page that can be reloaded, to the session that asked for them.

They are stored in the session, sealed (controlhub.security.vault), until their owner confirms having copied them, and
no longer than LIFETIME. So a reload, a change of theme or a second click neither loses a secret nor issues another one.
"""

import json
import uuid
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from controlhub.database import clock
from controlhub.security import vault

KEY = "reveals"
LIFETIME = timedelta(minutes=10)
MOST = 10


@dataclass(frozen=True, slots=True)
class Reveal:
    """A secret, or several codes, and the text around it. `done` is the page to open after it was copied."""

    title: str
    note: str
    name: str = ""
    value: str = ""
    codes: tuple[str, ...] = ()
    client_id: str = ""
    done: str = ""
    id: str = ""


def keep_reveal(request: HttpRequest, path: str, reveal: Reveal, *, key: str = "") -> None:
    """Show the secret on the page at `path` for LIFETIME; it replaces an earlier one with the same `key`."""
    text = json.dumps({field.name: getattr(reveal, field.name) for field in fields(reveal) if field.name != "id"})
    sealed = vault.seal(text, place=_place(request))
    until = (clock.machine_now() + LIFETIME).timestamp()
    others = [entry for entry in _entries(request) if not key or entry["key"] != key]
    new = {"id": uuid.uuid4().hex, "key": key, "path": path, "until": until, "sealed": sealed}
    request.session[KEY] = [*others, new][-MOST:]


def reveals_on(request: HttpRequest) -> list[Reveal]:
    """The secrets shown on this page now, newest first."""
    here = [entry for entry in reversed(_entries(request)) if entry["path"] == request.path]
    return [reveal for entry in here if (reveal := _open(request, entry))]


def end_reveal(request: HttpRequest, reveal_id: str) -> str:
    """Forget a secret. Returns the page to go to, or "" if there is no such secret."""
    entries = _entries(request)
    for entry in entries:
        if entry["id"] == reveal_id:
            request.session[KEY] = [other for other in entries if other is not entry]
            reveal = _open(request, entry)
            return (reveal.done if reveal else "") or str(entry["path"])
    return ""


def drop_expired(request: HttpRequest) -> None:
    """Delete expired secrets. If there are none, the session is not written."""
    kept = request.session.get(KEY)
    if kept and len(live := _entries(request)) < len(kept):
        request.session[KEY] = live


def _entries(request: HttpRequest) -> list[dict[str, Any]]:
    now = clock.machine_now().timestamp()
    return [entry for entry in request.session.get(KEY, []) if entry["until"] > now]


def _open(request: HttpRequest, entry: dict[str, Any]) -> Reveal | None:
    try:
        values = json.loads(vault.unseal(entry["sealed"], place=_place(request)))
    except vault.SealBrokenError:  # the key has been changed since
        return None
    return Reveal(**values | {"codes": tuple(values["codes"]), "id": entry["id"]})


def _place(request: HttpRequest) -> str:
    return f"reveal:{request.user.pk}"
