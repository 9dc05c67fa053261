"""Which organization a request counts for, before anybody has looked at its credential."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from cachetools import LRUCache

from controlhub.middleware.client_addresses import address_of
from controlhub.middleware.shares import SHARE
from controlhub.web.turns import UNKNOWN

REMEMBERED = 4_096


class Shares:
    """Remembers which credentials were good, and of which organization. A new one shares with all unknown ones.

    The web server cannot check a credential; the application can, and says so in the environment under SHARE. So nobody
    gets a share by inventing credentials, and the first request of a token waits with the unknown.
    """

    def __init__(self, session_cookie: str) -> None:
        self._session_cookie = session_cookie
        self._known: LRUCache[int, str] = LRUCache(REMEMBERED)

    def of(self, environ: dict[str, Any]) -> tuple[str, int | str]:
        """The share of a request, and who pays within it."""
        credential = self._credential(environ)
        share = self._known.get(credential) if credential is not None else None
        if share is None or credential is None:
            return UNKNOWN, address_of(environ) or ""
        return share, credential

    def learn(self, environ: dict[str, Any]) -> None:
        """Remember what the application said about the request, which it has answered."""
        share = environ.get(SHARE)
        if share is None or (credential := self._credential(environ)) is None:
            return
        if self._known.get(credential) != share:
            self._known[credential] = share

    @staticmethod
    def has_learned(environ: dict[str, Any], share: str) -> bool:
        """Whether a request that counted for this share counted for the organization that the application names."""
        return bool(environ.get(SHARE, share) == share)

    def _credential(self, environ: dict[str, Any]) -> int | None:
        """A number for the token or session, the same within this process."""
        if (header := environ.get("HTTP_AUTHORIZATION")) is not None:
            return hash(header)
        if (cookies := environ.get("HTTP_COOKIE")) and self._session_cookie in cookies:
            try:
                morsel = SimpleCookie(cookies).get(self._session_cookie)
            except CookieError:
                return None
            return hash(("session", morsel.value)) if morsel else None
        return None
