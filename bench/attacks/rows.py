"""Rows that requests leave in the database. Their number must have a limit per token and client."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

from bench.attacks.figures import Figure
from bench.attacks.target import Target, users_where

NAME = "rows"
POSITIONS = "SELECT count(*) FROM controlhub_pageposition"
TOKENS = "SELECT count(*) FROM controlhub_accesstoken WHERE kind = 'oauth'"
CLIENT = """
import json, sys
from audit.actor import COMMAND
from controlhub.actions.connections import create_connection, issue_client_secret
from controlhub.models import Organization, Scope
organization = Organization.objects.get(pk=sys.argv[1])
connection = create_connection(organization, name="attack", scopes=[Scope.SCIM_READ], actor=COMMAND)
print(json.dumps([str(connection.pk), issue_client_secret(connection, actor=COMMAND)]))
"""


def run(target: Target, *, filters: int = 200, tokens: int = 100) -> Iterator[Figure]:
    """Count rows after a number of requests, then after half as many again, which must not add any."""
    added, total = growth(target, POSITIONS, lambda number: search(target, number), filters)
    remark = f"{total} rows after {filters * 3 // 2}"
    yield Figure(NAME, f"page positions, by {filters // 2} filters after {filters}", added, 0, remark=remark)
    client = json.loads(target.started.python(CLIENT, target.path.rpartition("/")[2]))
    added, total = growth(target, TOKENS, lambda _: token(target, *client), tokens)
    remark = f"{total} rows after {tokens * 3 // 2}"
    yield Figure(NAME, f"access tokens, by {tokens // 2} requests after {tokens}", added, 0, remark=remark)


def growth(target: Target, query: str, send, count: int) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    """Returns the rows that the last third of the requests added and those that all requests added."""
    start = target.count(query)
    for number in range(count):
        send(number)
    half = target.count(query)
    for number in range(count, count * 3 // 2):
        send(number)
    return target.count(query) - half, target.count(query) - start


def search(target: Target, number: int) -> None:
    """Request a page in the middle of a list that no other request uses."""
    answer = target.request("GET", users_where(f'not (userName eq "{number}")', count=2, startIndex=2))
    if answer.status != 200:
        raise RuntimeError(f"GET /Users: {answer.status} {answer.body[:200]!r}")


def token(target: Target, client: str, secret: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    url = f"http://{target.host}:{target.port}/oauth/token"
    try:
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=30) as response:
            response.read()
    except urllib.error.HTTPError as error:
        if error.code != 429:
            raise
