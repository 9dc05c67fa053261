"""Whether the database belongs to this release, according to its migrations."""

from collections.abc import Collection

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Migrations = Collection[tuple[str, str]]
"""Pairs of application and migration name."""
LAST_WITH_EACH_MIGRATION = "85f86ab"
"""The last commit before the migrations were squashed (docs/decisions/0054)."""


def applied() -> Migrations:
    """Returns the migrations that have been applied to the database."""
    return MigrationRecorder(connection).applied_migrations().keys()


def newer(applied: Migrations) -> list[str]:
    """Returns migrations of a newer release: those after an application's last one that this release has or replaces.

    A migration that is merely missing here was replaced by a squashed migration.
    """
    loader = MigrationLoader(None)
    replaced = {name for migration in loader.replacements.values() for name in migration.replaces}
    last = dict(sorted(loader.disk_migrations.keys() | replaced))
    return sorted(f"{app} {name}" for app, name in applied if app in last and name > last[app])


def missing(applied: Migrations) -> list[str]:
    """Returns migrations of this release that have not been applied yet."""
    last = dict(sorted(MigrationLoader(None).disk_migrations.keys()))
    return sorted(f"{app} {name}" for app, name in last.items() if (app, name) not in applied)


def incomplete(applied: Migrations) -> list[str]:
    """Returns missing migrations that this release no longer has, although others of the same squash were applied."""
    loader = MigrationLoader(None)
    partial = (
        set(found.replaces) for found in loader.replacements.values() if not set(found.replaces).isdisjoint(applied)
    )
    lacking = {name for replaced in partial for name in replaced if name not in applied}
    return sorted(f"{app} {name}" for app, name in lacking - loader.disk_migrations.keys())


def refusal(applied: Migrations) -> str | None:
    """Returns why this release must not use the database, or None if it may."""
    if found := newer(applied):
        return (
            f"The database was migrated by a newer release of Control Hub ({found[-1]}). "
            "Start that release, or restore a backup from before its first start."
        )
    if found := incomplete(applied):
        return (
            f"The database was made by an unreleased version of Control Hub and lacks a migration ({found[0]}). "
            f"Start commit {LAST_WITH_EACH_MIGRATION} once, then this release."
        )
    return None
