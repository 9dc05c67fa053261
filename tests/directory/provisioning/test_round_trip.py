"""Random people, mappings and targets: applying the changes leaves no difference in any dialect, and undo reverts them.

The requests are applied by our own SCIM server's `patch`, which tests that a server understands them as intended.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.provisioning.changes import Dialect, apply, diff, patch, put
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, build
from scim.protocol import patch as server
from scim.protocol import urns
from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.validate import clean, finish

CONTEXT = Context(datetime(2026, 11, 27, tzinfo=UTC), b"seed", references={"1": "remote-1", "2": "remote-2"})
ENTERPRISE = urns.ENTERPRISE_USER
PATHS = {
    "active": "accountEnabled",
    "displayName": "displayName",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    "title": "jobTitle",
    'emails[type eq "work"].value': "mail",
    'emails[type eq "home"].value': "city",
    'phoneNumbers[type eq "work"].value': "telephoneNumber",
    'addresses[type eq "work"].country': "country",
    'addresses[type eq "work"].locality': "city",
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:manager": "manager",
    "roles": "appRoleAssignments",
}
# Without a single space, which our server drops.
TEXTS = st.sampled_from([None, "", "a b", "a", "B", "a@example.com", "ß", '"'])
SOURCES = st.fixed_dictionaries(
    {
        **dict.fromkeys(sorted({*PATHS.values()} - {"accountEnabled", "manager", "appRoleAssignments"}), TEXTS),
        "userPrincipalName": st.sampled_from(["a@example.com", "b@example.com"]),
        "accountEnabled": st.booleans(),
        "manager": st.sampled_from([None, "1", "2", "unknown"]),
        "appRoleAssignments": st.lists(st.sampled_from(["admin", "user", "auditor"]), max_size=3, unique=True),
    }
)
TARGETS = st.lists(st.sampled_from(sorted(PATHS)), min_size=1, max_size=len(PATHS), unique=True)


def mappings_of(targets, roles):
    """Mappings of these targets, and always of userName."""
    functions = {"roles": f"{roles}([appRoleAssignments])"}
    found = [AttributeMapping("userName", value="userPrincipalName", matching=1)]
    for target in targets:
        kind, value = ("expression", functions[target]) if target in functions else ("direct", PATHS[target])
        found.append(AttributeMapping(target, kind, value))
    return found


def stored(document):
    """The document as stored by our server."""
    return finish(clean(document, USER_RESOURCE, Leniency()), USER_RESOURCE)


def sent(changes, dialect, document):
    """The target's document after a request in a dialect."""
    if dialect == "put":
        return stored(put(document, changes))
    body, leniency = patch(changes, dialect), Leniency()
    return server.apply(parse_patch(body, leniency), document, USER_RESOURCE, leniency).document


@pytest.mark.parametrize("dialect", [*Dialect, "put"])
@settings(max_examples=settings.default.max_examples // 2)  # each example checks three documents
@given(
    TARGETS,
    SOURCES,
    SOURCES,
    st.booleans(),
    st.sampled_from(["AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"]),
)
def test_applied_changes_leave_no_difference_and_undo_restores(dialect, targets, before, after, removes_empty, roles):
    everything = mappings_of(sorted(PATHS), roles)
    remote = stored(build(everything, before, CONTEXT, creating=True).document)
    mappings = mappings_of(targets, roles)
    desired = build(mappings, after, CONTEXT, creating=False)
    changes = diff(mappings, desired, remote, removes_empty=removes_empty)
    changed = sent(changes, dialect, remote) if changes else remote
    assert diff(mappings, desired, changed, removes_empty=removes_empty) == []
    assert stored(apply(remote, changes)) == changed
    undone = sent([change.inverse() for change in reversed(changes)], dialect, changed) if changes else changed
    assert in_any_order(undone) == in_any_order(remote)


def in_any_order(document):
    """The document with each list sorted, and without `schemas`."""
    if isinstance(document, dict):
        return {name: in_any_order(value) for name, value in document.items() if name != "schemas"}
    if isinstance(document, list):
        return sorted((in_any_order(each) for each in document), key=repr)
    return document


@given(TARGETS, SOURCES)
def test_created_object_needs_no_changes(targets, source):
    mappings = mappings_of(targets, "AssertiveAppRoleAssignmentsComplex")
    created = build(mappings, source, CONTEXT, creating=True)
    assert diff(mappings, build(mappings, source, CONTEXT, creating=False), created.document) == []
    assert diff(mappings, created, stored(created.document), removes_empty=True) == []
