"""Statements: a constant text with named parameters, and their values. Only here is a cursor opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db import connection


class OvertakenError(Exception):
    """The row has changed since it was read, or the change needs it locked: read it again, locked."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A change that is still to be made, with its audit event (`controlhub.sql.events`).

    The text takes the parameters of the event too. It returns no row where it changed nothing.
    """

    text: str
    params: Mapping[str, Any]


NONE: Mapping[str, Any] = MappingProxyType({})


def execute(text: str, params: Mapping[str, Any] = NONE) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)


def fetch_row(text: str, params: Mapping[str, Any] = NONE) -> tuple[Any, ...] | None:
    """The first row of the result, None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        found: tuple[Any, ...] | None = cursor.cursor.fetchone()  # the result is here; Django's wrapper costs a call
    return found


def fetch_rows(text: str, params: Mapping[str, Any] = NONE) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        found: list[tuple[Any, ...]] = cursor.cursor.fetchall()
    return found
