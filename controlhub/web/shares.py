"""The organization for which a request counts, before its credential has been checked."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from cachetools import LRUCache

from controlhub.middleware.client_addresses import address_of
from controlhub.middleware.shares import SHARE
from controlhub.web.turns import UNKNOWN

REMEMBERED = 4_096


class Shares:
    """Remembers which credentials were valid, and for which organization. A new one shares with all unknown ones.

    The web server cannot check a credential. The application can, and sets SHARE in the environment. So a client cannot
    get a share by inventing credentials, and the first request of a token waits with the unknown ones.
    """

    def __init__(self, session_cookie: str) -> None:
        self._session_cookie = session_cookie
        self._known: LRUCache[int, str] = LRUCache(REMEMBERED)

    def of(self, environ: dict[str, Any]) -> tuple[str, int | str]:
        """Returns the share of a request, and the payer within it."""
        credential = self._credential(environ)
        share = self._known.get(credential) if credential is not None else None
        if share is None or credential is None:
            return UNKNOWN, address_of(environ) or ""
        return share, credential

    def learn(self, environ: dict[str, Any]) -> None:
        """Remember what the application said about a request, after the response."""
        share = environ.get(SHARE)
        if share is None or (credential := self._credential(environ)) is None:
            return
        if self._known.get(credential) != share:
            self._known[credential] = share

    @staticmethod
    def has_learned(environ: dict[str, Any], share: str) -> bool:
        """Whether a request that counted for this share counted for the organization that the application set."""
        return bool(environ.get(SHARE, share) == share)

    def _credential(self, environ: dict[str, Any]) -> int | None:
        """Returns a number for the token or session, which is the same throughout this process."""
        if (header := environ.get("HTTP_AUTHORIZATION")) is not None:
            return hash(header)
        if (cookies := environ.get("HTTP_COOKIE")) and self._session_cookie in cookies:
            try:
                morsel = SimpleCookie(cookies).get(self._session_cookie)
            except CookieError:
                return None
            return hash(("session", morsel.value)) if morsel else None
        return None
