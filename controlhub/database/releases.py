"""Does the database belong to this release? Its migrations tell."""

from collections.abc import Collection

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Migrations = Collection[tuple[str, str]]
"""Pairs of application and name."""


def applied() -> Migrations:
    """The migrations that the database has."""
    return MigrationRecorder(connection).applied_migrations().keys()


def newer(applied: Migrations) -> list[str]:
    """Migrations of a newer release: later than the last one that this release has of an application.

    One that is only missing here was replaced by a squashed migration.
    """
    known = MigrationLoader(None).disk_migrations.keys()
    last = dict(sorted(known))
    return sorted(f"{app} {name}" for app, name in applied if app in last and name > last[app])


def missing(applied: Migrations) -> list[str]:
    """Migrations of this release that the database does not have yet."""
    last = dict(sorted(MigrationLoader(None).disk_migrations.keys()))
    return sorted(f"{app} {name}" for app, name in last.items() if (app, name) not in applied)


def refusal(applied: Migrations) -> str | None:
    """Why this release must not use the database; None if it may."""
    if not (found := newer(applied)):
        return None
    return (
        f"The database was migrated by a newer release of Control Hub ({found[-1]}). "
        "Start that release, or restore a backup from before its first start."
    )
