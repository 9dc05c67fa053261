"""A request for WSGI (PEP 3333), built from what the parser found."""

import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from controlhub.text.remembering import remember
from controlhub.web.limits import IN_MEMORY, MAX_BODY
from controlhub.web.shares import Shares
from controlhub.web.spool import Spool

Environ = dict[str, Any]
_PLAIN = {"CONTENT_TYPE", "CONTENT_LENGTH"}
_SINGLE = {"HTTP_HOST", "CONTENT_LENGTH", "HTTP_AUTHORIZATION"}
"""Headers that must not be repeated, because it is unclear which one is valid, the proxy's or the client's."""

TOO_LARGE = f"The body of a request can have at most {MAX_BODY} bytes."


class BadRequest(Exception):
    """A malformed request, or one beyond a limit. The client gets `status` and `detail`."""

    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail
        super().__init__(detail)


class Request:
    """One request of a connection. `environ` is what the application gets."""

    __slots__ = ("body", "connection", "environ", "is_gone", "keep_alive", "payer", "share", "since")

    def __init__(self, connection: Any, environ: Environ) -> None:
        self.connection, self.environ = connection, environ
        self.body: Spool | None = None
        self.share = ""
        self.payer: int | str = ""
        self.since = 0.0
        self.keep_alive = self.is_gone = False
        """`is_gone`: the client closed the connection, so no client is waiting for the response."""

    @property
    def path(self) -> str:
        path: str = self.environ.get("PATH_INFO", "")
        return path

    def add_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Add headers. A name with an underscore is dropped: in WSGI it would be the same as the one with a hyphen."""
        environ = self.environ
        for name, value in headers:
            key, text = environ_key(name), value.decode("latin-1")
            if key is None:
                continue
            if key not in environ:
                environ[key] = text
            elif key in _SINGLE:
                raise BadRequest(400, f"The header '{name.decode('latin-1')}' is repeated. Send it once.")
            else:
                environ[key] += ("; " if key == "HTTP_COOKIE" else ",") + text

    @property
    def announces_body(self) -> bool:
        return self.environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in self.environ

    def set_line(self, method: bytes, url: bytes, version: str, peer: tuple[str, int]) -> None:
        """Set the request line, now that all headers have arrived, and refuse what cannot be served."""
        environ = self.environ
        set_target(environ, url)
        if version not in {"1.1", "1.0"}:
            raise BadRequest(505, "This HTTP version is not supported. Use HTTP/1.1.")
        if version == "1.1" and "HTTP_HOST" not in environ:
            raise BadRequest(400, "The header 'Host' is missing.")
        if (length := environ.get("CONTENT_LENGTH")) and int(length) > MAX_BODY:
            raise BadRequest(413, TOO_LARGE)
        environ["SERVER_PROTOCOL"] = f"HTTP/{version}"
        environ["REQUEST_METHOD"] = method.decode("latin-1")
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = peer[0], str(peer[1])

    def add_body(self, data: bytes) -> None:
        if self.body is None:
            self.body = Spool(IN_MEMORY)
        try:
            self.body.append(data)
        except OSError as error:
            raise BadRequest(
                503, "There is currently no disk space for the body. Send the request again later."
            ) from error
        if self.body.size > MAX_BODY:
            raise BadRequest(413, TOO_LARGE)

    def finish(self, shares: Shares) -> None:
        """Set the length, the input and the payer, now that the whole request has arrived."""
        environ = self.environ
        if self.body is not None:
            environ["CONTENT_LENGTH"] = str(self.body.size)
            environ["wsgi.input"] = self.body.opened()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        self.share, self.payer = shares.of(environ)

    def close(self) -> None:
        if self.body is not None:
            self.body.close()


@remember(1_024)
def environ_key(name: bytes) -> str | None:
    """Returns the name of a header in the environment, or None if the header is dropped."""
    if b"_" in name:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in _PLAIN else f"HTTP_{key}"


def base_environ(host: str, port: int) -> Environ:
    """Returns the environment that all requests of a server share."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
    }


def set_target(environ: Environ, url: bytes) -> None:
    """Set path and query of a request target, also in its absolute form (RFC 9112 §3.2.2)."""
    if not url.startswith((b"/", b"*")):
        scheme, separator, rest = url.partition(b"://")
        if not separator or scheme.lower() not in {b"http", b"https"}:
            raise BadRequest(400, "The target of the request is not a path.")
        authority, slash, path = rest.partition(b"/")
        environ["HTTP_HOST"] = authority.decode("latin-1")
        url = slash + path or b"/"
    path, _, query = url.partition(b"?")
    if b"%" in path:
        path = unquote_to_bytes(path)
    environ["PATH_INFO"] = path.decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")
