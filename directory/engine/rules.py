"""The configuration of an application in the form that plans and requests need."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from directory.engine.client import Habits
from directory.models import Application
from directory.provisioning.changes import Dialect
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, When
from directory.provisioning.plan import EXTERNAL_ID, Kind, Rules
from directory.provisioning.quirks import Dialect as Spelling
from directory.provisioning.quirks import Quirks
from directory.provisioning.scope import ScopingFilter

DISPLAY_NAME = "displayName"
DIALECTS = {Spelling.LEGACY: Dialect.ENTRA, Spelling.STANDARD: Dialect.RFC}


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of an application that a cycle reads, parsed once for each turn."""

    application: Application
    quirks: Quirks
    mappings: Mapping[Kind, tuple[AttributeMapping, ...]]
    filters: Mapping[Kind, ScopingFilter]
    now: datetime

    @property
    def habits(self) -> Habits:
        quirks = self.quirks
        return Habits(
            dialect=DIALECTS[quirks.dialect],
            uses_put=quirks.uses_put,
            replaces_members=quirks.replaces_members or quirks.uses_put,
            members_per_request=max(1, quirks.members_per_request),
            per_second=quirks.requests_per_second,
        )

    def provisions(self, kind: Kind) -> bool:
        application = self.application
        if kind is Kind.PERSON:
            return application.provisions_users
        return application.provisions_groups and self.quirks.has_groups

    def rules(self, kind: Kind, references: Mapping[str, str], *, checks_target: bool = False) -> Rules:
        """The rules for one batch. `references` are ids in the application by ids in the directory."""
        application, quirks = self.application, self.quirks
        return Rules(
            mappings=self.mappings[kind],
            context=Context(now=self.now, seed=seed_of(application), references=references),
            kind=kind,
            creates=application.creates,
            updates=application.updates,
            deletes=application.deletes,
            disables=quirks.disables,
            can_delete=quirks.deletes,
            checks_target=checks_target,
        )


def configuration_of(application: Application, now: datetime) -> Configuration:
    """Raises MappingError, ScopeError or QuirkError for values that only an older release could have stored."""
    quirks = Quirks.from_json(application.quirks)
    rows = {Kind.PERSON: application.user_mappings, Kind.GROUP: application.group_mappings}
    filters = {Kind.PERSON: application.user_filters, Kind.GROUP: application.group_filters}
    return Configuration(
        application,
        quirks,
        {kind: _mappings(each, quirks, kind) for kind, each in rows.items()},
        {
            kind: ScopingFilter.from_json({"groups": each} if isinstance(each, list) else each)
            for kind, each in filters.items()
        },
        now,
    )


def _mappings(rows: Sequence[Mapping[str, Any]], quirks: Quirks, kind: Kind) -> tuple[AttributeMapping, ...]:
    return tuple(_adapted(AttributeMapping.from_json(row), quirks, kind) for row in rows)


def _adapted(mapping: AttributeMapping, quirks: Quirks, kind: Kind) -> AttributeMapping:
    """The mapping without what the application does not support: it would refuse the request in each cycle."""
    if mapping.target == EXTERNAL_ID and not quirks.filters_by_external_id:
        return replace(mapping, matching=None)
    if kind is Kind.GROUP and mapping.target == DISPLAY_NAME and not quirks.renames_groups:
        return replace(mapping, when=When.CREATE)
    return mapping


def seed_of(application: Application) -> bytes:
    """A secret seed that is the same in each cycle, so that a random value does not change by itself."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"directory seed " + application.pk.bytes, "sha256")
