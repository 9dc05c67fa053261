"""Generates the tables of the docs from the code: `python docs/tables.py` writes them, `--check` compares."""

import difflib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Row = tuple[object, ...]


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "controlhub.settings"}
    os.environ |= {"SECRET_KEY": "tables", "DATABASE_URL": "postgres://nowhere/none"}
    import django

    django.setup()
    changes = [change for name, make, page in TABLES for change in put(name, make(), page)]
    if changes and "--check" in sys.argv:
        sys.exit("\n".join([*changes, "docs/ is out of date: run `make format`."]))


def put(name: str, text: str, page: Path) -> list[str]:
    """Write a table to its page, unless run with `--check`. Returns the changed lines."""
    before = page.read_text()
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    after, places = pattern.subn(lambda match: match[1] + text + match[2], before)
    if places != 1:
        sys.exit(f"{page.name} needs exactly one `<!-- {name} -->` for its table.")
    if "--check" not in sys.argv:
        page.write_text(after)
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))


def table(head: Row, rows: Iterable[Row], *, right: str = "") -> str:
    rule = tuple("--:" if str(name) in right.split(",") else "---" for name in head)
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in (head, rule, *rows)
    )


def operations() -> str:
    """Every path and method of the OpenAPI description."""
    from scim.resources.catalogue import standard
    from scim.resources.discovery import Announcement
    from scim.resources.openapi import describe

    description = describe(Announcement(standard(), "", with_webex=True), name="", has_user=True)
    rows = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                answers = [status for status in operation["responses"] if status in NOTEWORTHY]
                named = (parameter["$ref"].rpartition("/")[2] for parameter in operation.get("parameters", []))
                parameters = [f"`{HEADERS.get(name, name)}`" for name in named]
                rows.append(
                    (method.upper(), f"`{path}`", operation["summary"], ", ".join(answers), ", ".join(parameters))
                )
    return table(("method", "endpoint", "description", "status", "parameters and headers"), rows)


NOTEWORTHY = {"200", "201", "204", "304", "409", "412"}
HEADERS = {"ifMatch": "If-Match", "ifNoneMatch": "If-None-Match", "memberCount": "count"}


def limits() -> str:
    from controlhub.actions import client_tokens
    from controlhub.sql import room, selection
    from controlhub.text import names
    from scim.api import bulk, media, presented
    from scim.protocol import definition, grammar, messages, project, validate, work
    from scim.resources import base, cursors, discovery, pages, turns

    tree = f"{grammar.MAX_LENGTH:,} characters, {grammar.MAX_DEPTH}, {grammar.MAX_TERMS}"
    name = f"{names.MAX_LENGTH} characters, at least one; no invisible ones"
    rows = (
        (
            "`count`",
            f"{discovery.DEFAULT_COUNT} by default, {discovery.MAX_RESULTS:,} at most",
            f"cut to {discovery.MAX_RESULTS:,}",
        ),
        ("`startIndex`, `count`", "whole numbers", "400 `invalidValue`; with a cursor `invalidCount`"),
        ("`sortBy`, `sortOrder`", "one attribute; `ascending`, `descending`", "400 `invalidValue`"),
        ("age of a cursor", f"{cursors.TIMEOUT:,} seconds", "400 `expiredCursor`"),
        ("request body", f"{work.MAX_BODY:,} bytes", "413"),
        ("operations of a bulk request", f"{discovery.MAX_OPERATIONS:,}", "413"),
        ("time for a bulk request", f"{bulk.SECONDS} seconds", "503 for the operations that remain"),
        ("nesting of a body", media.MAX_DEPTH, "400 `invalidSyntax`"),
        ("the same name in an object, in any case", "once", "400 `invalidSyntax`"),
        ("operations in a PATCH", f"1 to {messages.MAX_OPERATIONS:,}", "400 `invalidValue`; none: 400 `invalidSyntax`"),
        ("length, nesting and conditions of a filter", tree, "400 `invalidFilter`"),
        ("length, nesting and conditions of a PATCH path", tree, "400 `invalidPath`"),
        ("a text value, except binary", f"{validate.MAX_STRING:,} characters", "400 `invalidValue`"),
        (
            "values of one attribute, except members, in a request and in a resource",
            f"{validate.MAX_VALUES:,}",
            "400 `invalidValue`",
        ),
        (
            "a stored resource, without members and groups",
            f"{base.MAX_DOCUMENT:,} bytes",
            "400 `invalidValue`, unless the change makes it smaller or deactivates the user",
        ),
        (
            "comparisons of multi-valued attributes' values in all PATCH operations of a request",
            (
                f"{work.MAX_WORK:,}; a value counts as {work.PER_ELEMENT} plus the number of filter conditions; "
                f"in a `remove` with values, as {work.PER_LOOK_UP} more for each further set of sub-attributes"
            ),
            "400 `invalidValue`",
        ),
        ("attributes set without `path` in all operations", f"{work.MAX_KEYS:,}", "400 `invalidValue`"),
        ("names in `attributes` and `excludedAttributes`", f"{project.MAX_NAMES:,}", "400 `invalidValue`"),
        (
            "`externalId`, an email address, a unique value",
            f"{names.MAX_LENGTH} characters, {names.MAX_BYTES:,} bytes",
            "400 `invalidValue`",
        ),
        ("`userName`, `displayName` of a group", name, "400 `invalidValue`"),
        ("attributes of a custom schema", definition.MAX_ATTRIBUTES, "rejected when it is registered"),
        (
            "time for a query without an index",
            "`SCIM_UNINDEXED_SECONDS`",
            "400 `tooMany`; `detail` names the indexed attributes",
        ),
        (
            "queries without an index at the same time",
            f"1 per token; with at most {turns.FEW_ROWS:,} resources, more if each takes under {turns.MOMENT:g} s",
            "429 with `Retry-After`",
        ),
        (
            "resources that an indexed filter finds",
            f"{selection.MOST_FOUND:,}",
            "treated as a query without an index",
        ),
        (
            "resources that a sorted list skips by `startIndex`",
            f"{pages.MOST_SKIPPED:,}",
            "treated as a query without an index",
        ),
        (
            "access tokens of one OAuth client",
            client_tokens.MOST_CLIENT_TOKENS,
            "the oldest one is revoked",
        ),
        ("bearer token", f"{presented.MAX_LENGTH} characters", "401"),
        (
            "size of a page of a list: the stored resources with their groups or members",
            f"{room.MAX_PAGE:,} bytes",
            "fewer resources than `count`, at least one",
        ),
        ("members in a page of `/Groups/{id}/Members`", discovery.MAX_MEMBERS, f"cut to {discovery.MAX_MEMBERS}"),
    )
    return table(("limit", "value", "beyond it"), rows, right="value")


def web_limits() -> str:
    from controlhub.web import limits as web

    rows = (
        ("headers of a request, from its first byte", f"{web.HEAD_SECONDS:.0f} s", "408"),
        ("body, after the headers", f"{web.BODY_SECONDS:.0f} s", "408"),
        ("a connection without a request", f"{web.IDLE_SECONDS:.0f} s", "closed"),
        ("a client reads nothing of its response", f"{web.STALL_SECONDS:.0f} s", "closed"),
        ("a request waits for a thread", f"{web.QUEUE_SECONDS:.0f} s", "429"),
        ("a request in progress after SIGTERM", f"{web.DRAIN_SECONDS:.0f} s", "closed"),
        ("URL", f"{web.MAX_URL:,} bytes", "414"),
        ("headers", f"{web.MAX_HEADERS}, {web.MAX_HEAD:,} bytes", "431"),
        ("body", f"{web.MAX_BODY:,} bytes", "413"),
        ("pipelined requests on one connection", web.MAX_PIPELINED, "400"),
        ("waiting requests of a process", web.MAX_WAITING, "429"),
        (
            "connections of a process",
            f"{web.MAX_CONNECTIONS:,}",
            "the connection that has been idle or slow for the longest is closed",
        ),
        ("threads of a process", web.THREADS, "requests wait"),
        (
            "requests of one organization that run at once in a process",
            f"{web.AT_ONCE}, 1 if others send requests; {web.THREADS - web.SPARE_THREADS} with slow ones",
            "requests wait",
        ),
        ("memory of a process for one body", f"{web.IN_MEMORY:,} bytes", "a temporary file"),
        ("memory of a process for unread responses", f"{web.MAX_UNSENT:,} bytes", "temporary files"),
    )
    return table(("limit", "value", "beyond it"), rows, right="value")


def errors() -> str:
    from scim.api.errors import InternalError
    from scim.protocol.errors import ScimError

    kinds = {kind for kind in [InternalError, *_below(ScimError)] if kind.when}
    ordered = sorted(kinds, key=lambda kind: (kind.status, kind.scim_type or "", kind.when))
    rows = ((kind.status, f"`{kind.scim_type}`" if kind.scim_type else "", kind.when) for kind in ordered)
    return table(("status", "scimType", "when"), rows, right="status")


def _below(kind: type) -> Iterator[type]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)


def policies() -> str:
    from controlhub.models.policies import POLICIES

    rows = (
        (policy.label, policy.page.value, f"`{policy.name}`", policy.values, policy.help)
        for policy in POLICIES.values()
    )
    return table(("policy", "page", "name", "values", "help"), rows)


def events() -> str:
    from audit.vocabulary import AuditAction

    rows = ((f"`{action}`", action.activity, action.category.value) for action in AuditAction)
    return table(("event", "activity", "category"), rows)


def tolerances() -> str:
    from scim.protocol.leniency import Tolerance

    rows = ((f"`{tolerance}`", tolerance.sent, tolerance.understood) for tolerance in Tolerance)
    return table(("name", "what a client sends", "what is understood"), rows)


def attributes() -> str:
    """The attributes of the built-in resource types."""
    from scim.resources.catalogue import standard

    rows: list[Row] = []
    for resource in (handler.schema for handler in standard().handlers):
        for schema in (resource.core, *resource.extensions):
            rows.append((f"**{schema.name}**", "", f"`{schema.urn}`"))
            rows += _attribute_rows(schema.document["attributes"])
    return table(("attribute", "type", "notes"), rows)


def _attribute_rows(attributes: Iterable[dict[str, Any]], prefix: str = "") -> Iterator[Row]:
    for attribute in attributes:
        name = prefix + attribute["name"]
        notes = [
            "required" if attribute.get("required") else "",
            _unless(attribute.get("mutability"), "readWrite"),
            _unless(attribute.get("returned"), "default", "returned {}"),
            "caseExact" if attribute.get("caseExact") else "",
            _unless(attribute.get("uniqueness"), "none", "unique in the organization"),
            f"such as {', '.join(attribute['canonicalValues'])}" if attribute.get("canonicalValues") else "",
        ]
        kind = f"{attribute['type']}{', many' if attribute.get('multiValued') else ''}"
        yield f"`{name}`", kind, "; ".join(note for note in notes if note)
        yield from _attribute_rows(attribute.get("subAttributes", ()), f"{name}.")


def indexes() -> str:
    """The indexed attributes of users, groups and custom types, according to the filter compiler."""
    from uuid import UUID

    from scim.protocol.resource_types import USER_RESOURCE, ResourceType
    from scim.protocol.schemas import ResourceSchema
    from scim.resources.catalogue import standard
    from scim.resources.generic import GenericHandler

    custom = GenericHandler(ResourceType(UUID(int=0), "", "", "", ResourceSchema(USER_RESOURCE.core)))
    rows: list[Row] = []
    for name, found in [
        *((handler.endpoint, handler.indexed) for handler in standard().handlers),
        ("custom types", custom.indexed),
    ]:
        names = dict.fromkeys([*found.filters, *found.sorts])
        for attribute in names:
            comparisons = ", ".join(f"`{comparison}`" for comparison in found.filters.get(attribute, ()))
            rows.append((name, f"`{attribute}`", comparisons, "yes" if attribute in found.sorts else ""))
    return table(("of", "attribute", "filters", "`sortBy`"), rows)


def functions() -> str:
    """The functions of expressions with their parameters."""
    from directory.provisioning.expressions import FUNCTIONS

    rows = ((f"`{function.name}({_parameters(function)})`", f"`{function.example}`") for function in FUNCTIONS.values())
    return table(("function", "example"), rows)


def _parameters(function: Any) -> str:
    names = [each.name if each.is_required else f"[{each.name}]" for each in function.parameters]
    return ", ".join([*names, "…"] if function.repeating else names)


def constructs() -> str:
    """The constructs that regular expressions may not use."""
    from directory.provisioning.expressions.patterns import REFUSED, SUBTRACTION

    return "; ".join([*(f"`{name}`" for _, name in REFUSED), f"`{SUBTRACTION}`"]) + "."


def _unless(value: str | None, usual: str, text: str = "{}") -> str:
    return "" if value in {None, usual} else text.format(value)


PAGES = ROOT / "docs"
SCIM, ATTRIBUTES, WEB_SERVER = PAGES / "scim.md", PAGES / "attributes.md", PAGES / "web-server.md"
OPERATIONS, AUDIT, MAPPINGS = PAGES / "operations.md", PAGES / "audit.md", PAGES / "mappings.md"
TABLES = (
    ("operations", operations, SCIM),
    ("limits", limits, SCIM),
    ("web-limits", web_limits, WEB_SERVER),
    ("errors", errors, SCIM),
    ("indexes", indexes, SCIM),
    ("events", events, AUDIT),
    ("tolerances", tolerances, SCIM),
    ("policies", policies, OPERATIONS),
    ("attributes", attributes, ATTRIBUTES),
    ("functions", functions, MAPPINGS),
    ("constructs", constructs, MAPPINGS),
)

if __name__ == "__main__":
    main()
