"""Everything under `/users/`."""

from controlhub.portal.views.users import (
    access,
    bulk,
    deleted,
    detail,
    exports,
    holds,
    imports,
    invitations,
    lifecycle,
    lists,
    profiles,
    tabs,
)

__all__ = [
    "access",
    "bulk",
    "deleted",
    "detail",
    "exports",
    "holds",
    "imports",
    "invitations",
    "lifecycle",
    "lists",
    "profiles",
    "tabs",
]
