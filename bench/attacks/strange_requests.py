"""Requests that no library sends: under a SCIM base path, each gets a result or a SCIM error with a request ID."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

from bench.attacks.figures import Figure
from bench.attacks.target import Answer, Target

NAME = "strange requests"
TIMEOUT = 10.0
URL_LENGTH = 300_000
SEEN, CLAIMED = "198.51.100.7", "203.0.113.66"


def run(target: Target) -> Iterator[Figure]:
    """One figure for each kind of query, and one for a header that a proxy does not set."""
    name = target.users(1)[0]["userName"]
    queries = {
        "unencoded quotes": (f'filter=userName%20eq%20"{name}"'.encode(), {200}),
        "`<` and `>`": (b"filter=userName%20eq%20%22<a>%22", {200, 400}),
        "a space": (b'filter=userName eq "neo"', {200, 400}),
        "a Latin-1 byte": (b"filter=userName%20eq%20%22J\xf6rg%22", {200, 400}),
        "other unsafe characters": (rb"filter=userName%20eq%20%22\^`{|}%22", {200, 400}),
        f"a URL of {URL_LENGTH:,} bytes": (b"filter=" + b"x" * URL_LENGTH, {400, 413, 414}),
    }
    for kind, (query, statuses) in queries.items():
        answer = raw(target, query)
        is_right = answer is not None and answer.status in statuses and is_ours(answer)
        remark = f"answered {answer.status}" if answer else "no answer"
        yield Figure(NAME, f"{kind}: wrong answers", int(not is_right), 0, remark=remark)
    if target.hub:
        yield Figure(NAME, "`X_Forwarded_For` of a client believed", believed(target), 0)


def is_ours(answer: Answer) -> bool:
    """Whether the response has a request ID and a SCIM body."""
    try:
        schemas = json.loads(answer.body)["schemas"]
    except (ValueError, KeyError, TypeError):
        return False
    return "x-request-id" in answer.headers and bool(schemas)


def raw(target: Target, query: bytes) -> Answer | None:
    """The response to GET /Users with exactly these bytes as the query, or None if there was none."""
    head = f"Host: localhost\r\nAuthorization: Bearer {target.token}\r\nConnection: close\r\n\r\n".encode()
    try:
        return exchange(target, b"GET " + target.path.encode() + b"/Users?" + query + b" HTTP/1.1\r\n" + head)
    except (OSError, ValueError):
        return None


def exchange(target: Target, request: bytes) -> Answer:
    """Send bytes and read until the connection is closed."""
    with socket.create_connection((target.host, target.port), timeout=TIMEOUT) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may answer before it has read everything
            connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b"".join(body.split(b"\r\n")[1::2])
    return Answer(int(status.split()[1]), headers, body, 0.0)


def believed(target: Target) -> int:
    """How many of two requests got a header with underscores into the audit log. 127.0.0.1 is a trusted proxy."""
    return sum(wrong_address(target, order) for order in ("first", "last"))


def wrong_address(target: Target, order: str) -> bool:
    headers = [f"X-Forwarded-For: {SEEN}", f"X_Forwarded_For: {CLAIMED}"]
    if order == "first":
        headers.reverse()
    body = json.dumps({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"proxied-{order}"})
    lines = [
        f"POST {target.path}/Users HTTP/1.1", "Host: localhost", f"Authorization: Bearer {target.token}", *headers,
        "Content-Type: application/scim+json", f"Content-Length: {len(body)}", "Connection: close", "", body,
    ]  # fmt: skip
    answer = exchange(target, "\r\n".join(lines).encode())
    if answer.status != 201:
        raise RuntimeError(f"POST /Users: {answer.status} {answer.body!r}")
    query = """SELECT count(*) FROM audit_auditevent JOIN audit_personal ON event_id = id
        WHERE target_id = %s AND parts #>> '{0,value,address}' = %s"""
    return not target.count(query, answer.document["id"], SEEN)
