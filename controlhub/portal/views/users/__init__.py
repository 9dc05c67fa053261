"""Everything under `/users/`."""

from controlhub.portal.views.users import (
    access,
    actions,
    added_people,
    bulk,
    deleted,
    detail,
    exports,
    holds,
    imports,
    invitations,
    lifecycle,
    lists,
    personal_data,
    profiles,
    tabs,
)

__all__ = [
    "access",
    "actions",
    "added_people",
    "bulk",
    "deleted",
    "detail",
    "exports",
    "holds",
    "imports",
    "invitations",
    "lifecycle",
    "lists",
    "personal_data",
    "profiles",
    "tabs",
]
