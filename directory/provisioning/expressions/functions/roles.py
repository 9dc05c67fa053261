"""Functions of `[appRoleAssignments]`: a list of `{"id", "value", "displayName"}`, or of names.

Source: entra-docs, customize-application-attributes, "Provisioning a role to a SCIM app". The name of a role is sent
in `display`, as RFC 7643 names it; one of the samples there says `displayName`.
"""

from typing import Any

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.values import Value, text_of

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"
ADDING = "AppRoleAssignmentsComplex"
"""Roles that the target has and the person does not are kept: this function only adds."""


def single(arguments: Arguments) -> Value:
    """The value of the first role, or its name if it has no value."""
    for role in arguments.values(0):
        if found := _value(role):
            return found
    return None


def complex_(arguments: Arguments) -> Value:
    roles = [
        {"primary": False, "type": ROLE_TYPE, "display": _display(role), "value": _value(role)}
        for role in arguments.values(0)
        if _value(role)
    ]
    return roles or None


def _value(role: Any) -> str:
    if isinstance(role, dict):
        return text_of(role.get("value")) or text_of(role.get("displayName")) or ""
    return text_of(role) or ""


def _display(role: Any) -> str:
    return (text_of(role.get("displayName")) if isinstance(role, dict) else None) or _value(role)


_ROLES = (Parameter("[appRoleAssignments]", Kind.LIST),)
FUNCTIONS = (
    Function("SingleAppRoleAssignment", _ROLES, single, "SingleAppRoleAssignment([appRoleAssignments])"),
    Function(ADDING, _ROLES, complex_, "AppRoleAssignmentsComplex([appRoleAssignments])"),
    Function(
        "AssertiveAppRoleAssignmentsComplex",
        _ROLES,
        complex_,
        "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])",
    ),
)
