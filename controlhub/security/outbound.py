"""Requests to URLs that people of an organization enter: only to allowed addresses.

The host is resolved once, each of its addresses is checked, and the connection is made to a checked address. TLS
verifies the name. Redirects and proxies from the environment are not used, only https and port 443 are allowed, and
responses are limited in size and time. OUTBOUND_ALLOW lists what is allowed in the installation's own network, for
example `10.1.0.0/16 127.0.0.1:9400`: there, http is allowed, too, and every port, or only the given one.
"""

import array
import fcntl
import ipaddress
import logging
import os
import re
import socket
import ssl
import termios
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext, gettext_noop
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from controlhub.security.networks import IPAddress

TOTAL_SECONDS: float = settings.OUTBOUND_TIMEOUT
CONNECT_SECONDS = TOTAL_SECONDS / 2
"""For connecting, and for the first or next part of a response."""
CLOSING_SECONDS = 1.0
"""How long a receiver over plain TCP has to close a connection that is finished."""
MAX_ANSWER = 1_000_000
MAX_HOST = 253
MOST_ADDRESSES = 3
PORTS = {"https": 443, "http": 80, "tls": 6514, "tcp": 601}
logger = logging.getLogger(__name__)
_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="resolver")
_SPECIAL = [
    ipaddress.ip_network(text)  # global according to this Python; the last one is a cloud's own platform
    for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TRANSLATED = ipaddress.ip_network("64:ff9b:1::/48")


ALLOW_RECEIVER = gettext_noop("The operator must allow this receiver with OUTBOUND_ALLOW.")
NOT_HTTPS = gettext_noop("The URL must begin with https:// and use port 443.")
NOT_A_URL = gettext_noop("This is not a valid URL.")
NO_HOST = gettext_noop("The URL must have a host, and no user or password.")
UNKNOWN_HOST = gettext_noop("The host {host} does not exist.")
NOT_ALLOWED = gettext_noop(
    "{host} resolves to an address that is not allowed. Ask the operator to add it to OUTBOUND_ALLOW."
)
REDIRECTS = gettext_noop("{host} redirects to another URL. Redirects are not followed.")
REFUSALS = {
    text: re.compile(re.escape(text).replace(r"\{host\}", r"(?P<host>.+)"))
    for text in (ALLOW_RECEIVER, NOT_HTTPS, NOT_A_URL, NO_HOST, UNKNOWN_HOST, NOT_ALLOWED, REDIRECTS)
}
"""The messages of RefusedAddressError, each with the pattern of the message that a worker has stored."""


def shown_refusal(stored: str) -> str:
    """Returns a stored message of RefusedAddressError in the reader's language, and any other text unchanged."""
    for text, form in REFUSALS.items():
        if found := form.fullmatch(stored):
            return gettext(text).format(**found.groupdict())
    return stored


class RefusedAddressError(requests.RequestException):
    """The URL is not allowed. The message gives the reason to the administrator who entered it.

    It contains no address of the installation's network: those are only logged.
    """


class UnsureError(Exception):
    """All bytes were sent, but the receiver may not have read them. Not an OSError, so the bytes are not sent again."""


def open_session() -> "Session":
    """Returns a session that only connects to allowed addresses. Use it as a context manager."""
    session = Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter())
    return session


def is_socket_url(url: str) -> bool:
    """Whether the URL is for `send_bytes`: `tls://host:6514` or `tcp://host:601`."""
    return url.startswith(("tls://", "tcp://"))


def send_bytes(url: str, data: bytes) -> None:
    """Connect under the same rules as requests, send the bytes, and close. TLS verifies the name of the host.

    RefusedAddressError, or another requests.RequestException if the receiver does not accept the bytes. UnsureError if
    the connection breaks before the receiver has confirmed that it has read all of them.
    """
    parts = _parts(url)
    is_plain = parts.scheme == "tcp"
    with _watched.deadline():
        try:
            with _connected(parts.host, parts.port, is_plain=is_plain) as made:
                if is_plain:
                    made.sendall(data)
                    _end(made)
                    return
                with ssl.create_default_context().wrap_socket(made, server_hostname=parts.host) as secured:
                    secured.sendall(data)
                    _end(secured)
        except OSError as error:
            if isinstance(error, requests.RequestException):
                raise
            raise requests.ConnectionError(f"{parts.host} does not take the data.") from error


def _end(sent: socket.socket) -> None:
    """Signal the end of the data, and wait until the receiver closes the connection. UnsureError if it breaks instead.

    A receiver that closes it has read everything: otherwise its system would reset the connection. A receiver that does
    not close it in time has received everything once its system has acknowledged every byte.
    """
    try:
        if isinstance(sent, ssl.SSLSocket):
            sent.unwrap()  # unread bytes would reset the connection before our data is read
        else:
            sent.settimeout(CLOSING_SECONDS)
            sent.shutdown(socket.SHUT_WR)
            while sent.recv(4_096):
                pass
    except ConnectionError as error:
        raise UnsureError from error
    except OSError:  # no response in time, or TLS that ends without a closing message
        pass
    if sent.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _unacknowledged(sent):
        raise UnsureError


def _unacknowledged(sent: socket.socket) -> int:
    """Returns the number of bytes that the other system has not acknowledged, or 0 if unknown (tcp(7), SIOCOUTQ)."""
    number = array.array("i", [0])
    with suppress(OSError):
        fcntl.ioctl(sent.fileno(), termios.TIOCOUTQ, number)
    return number[0]


def require_address(url: str) -> None:
    """RefusedAddressError for a URL that `open_session` would refuse without any network request."""
    parts = _parts(url)
    allowed = [place for place in settings.OUTBOUND_ALLOW if place.port in (None, parts.port)]
    if parts.scheme == "https" and parts.port == 443:
        return
    if is_socket_url(url):
        if allowed or (parts.scheme, parts.port) == ("tls", 443):
            return
        raise RefusedAddressError(gettext(ALLOW_RECEIVER))
    if parts.scheme not in {"http", "https"} or not allowed:
        raise RefusedAddressError(gettext(NOT_HTTPS))


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    host: str
    port: int


def _parts(url: str) -> _Parts:
    try:
        split = urlsplit(url)
        port = split.port or PORTS.get(split.scheme, 80)
    except ValueError:
        raise RefusedAddressError(gettext(NOT_A_URL)) from None
    if not split.hostname or split.username or split.password:
        raise RefusedAddressError(gettext(NO_HOST))
    return _Parts(split.scheme, split.hostname, port)


def _is_public(address: IPAddress) -> bool:
    """Whether the address is public. An IPv6 address that stands for an IPv4 address is judged by the latter."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address in _TRANSLATED or address.is_site_local:
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _checked(host: str, port: int, *, is_plain: bool) -> Iterator[tuple[Any, ...]]:
    """Yields the addresses from `getaddrinfo`, if all of them are allowed. RefusedAddressError otherwise."""
    asked = _RESOLVERS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asked.result(_watched.remaining())
    except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError
        raise RefusedAddressError(gettext(UNKNOWN_HOST).format(host=host[:MAX_HOST])) from error
    for *_, where in found:
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        if any(place.holds(address, port) for place in settings.OUTBOUND_ALLOW):
            continue
        if is_plain or port != 443 or not _is_public(address):
            logger.warning("%s resolves to %s port %s, which is not in OUTBOUND_ALLOW", host, address, port)
            raise RefusedAddressError(gettext(NOT_ALLOWED).format(host=host))
    yield from found


def _connect(connection: HTTPConnection, *, is_plain: bool) -> socket.socket:
    return _connected(connection._dns_host, connection.port, is_plain=is_plain)  # noqa: SLF001


def _connected(host: str, port: int, *, is_plain: bool) -> socket.socket:
    """Returns a socket connected to the first checked address that responds."""
    failure: OSError | None = None
    checked = list(_checked(host, port, is_plain=is_plain))
    for family, kind, protocol, _, where in checked[:MOST_ADDRESSES]:
        made = socket.socket(family, kind, protocol)
        _watched.append(made)
        try:
            made.settimeout(min(CONNECT_SECONDS, _watched.remaining()))
            made.connect(where)
            made.settimeout(CONNECT_SECONDS)
        except OSError as error:
            made.close()
            logger.warning("%s: %s port %s does not respond: %s", host, where[0], where[1], error)
            failure = error
        else:
            return made
    raise requests.ConnectionError(f"{host} does not respond.") from failure


class _Rewatched(HTTPConnection):
    """A connection that, when reused for another request, is cut off at that request's deadline."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            with suppress(OSError):  # closed in the meantime: the request will say so
                _watched.append(self.sock)
        super().request(*args, **kwargs)


class _PlainConnection(_Rewatched):
    def _new_conn(self) -> socket.socket:
        return _connect(self, is_plain=True)


class _TlsConnection(_Rewatched, HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, is_plain=False)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class Session(requests.Session):
    """Follows no redirect, and reads a response only up to the limits of size and time."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": CONNECT_SECONDS}
        with _watched.deadline():
            try:
                response = super().request(*args, **kwargs)
            except requests.ConnectionError as error:
                raise _refusal_behind(error) or error from None
            if response.is_redirect:
                response.close()
                raise RefusedAddressError(gettext(REDIRECTS).format(host=response.url))
            body = bytearray()
            for chunk in response.iter_content(16_384):
                body += chunk
                if len(body) > MAX_ANSWER or not _watched.remaining():
                    response.close()
                    raise requests.RequestException(f"{response.url} answers too much, or too slowly.")
        response._content = bytes(body)  # noqa: SLF001 — what `stream` would have read
        return response


def _refusal_behind(error: BaseException) -> RefusedAddressError | None:
    """Returns our own refusal, which urllib3 reports as a broken connection."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, RefusedAddressError):
            return behind
        behind = behind.__cause__ or behind.__context__
    return None


class _Watched(threading.local):
    """The sockets of this thread's current request. They are cut off at the deadline, however slowly data arrives."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.until = 0.0

    def remaining(self) -> float:
        """Returns the seconds until the deadline."""
        return max(0.0, self.until - time.monotonic())

    def append(self, made: socket.socket) -> None:
        """Watch a socket through a second file descriptor, since TLS takes over the first one."""
        self.sockets.append(socket.socket(fileno=os.dup(made.fileno())))

    @contextmanager
    def deadline(self) -> Iterator[None]:
        sockets = self.sockets = []
        self.until = time.monotonic() + TOTAL_SECONDS
        timer = threading.Timer(TOTAL_SECONDS, _cut, [sockets])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for handle in sockets:
                handle.close()


def _cut(sockets: list[socket.socket]) -> None:
    for handle in list(sockets):
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)


_watched = _Watched()
