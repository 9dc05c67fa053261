"""The objects that a scoping filter lets in: counted, with the names of those that would enter or leave."""

import time
from dataclasses import dataclass, field

from controlhub.database.clock import database_now
from directory.engine.rules import configuration_of
from directory.models import Application
from directory.portal.mapping_previews import batches
from directory.provisioning.plan import Kind
from directory.provisioning.scope import ScopingFilter

MOST_LOOKED_AT = 20_000
MOST_SECONDS = 3.0
"""The maximum number of objects and seconds of one count, so that a page does not take too long."""
NAMED = 10


@dataclass(slots=True)
class ScopeEffect:
    """The number of objects in scope before and after, and the names of the first ones that enter or leave.

    Without `is_whole`, there are more objects than `looked_at`.
    """

    looked_at: int = 0
    before: int = 0
    after: int = 0
    enters: int = 0
    leaves: int = 0
    entering: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    is_whole: bool = True

    def add(self, label: str, *, was: bool, will_be: bool) -> None:
        self.before += was
        self.after += will_be
        if will_be and not was:
            self.enters += 1
            self.entering += [label] if self.enters <= NAMED else []
        if was and not will_be:
            self.leaves += 1
            self.leaving += [label] if self.leaves <= NAMED else []


def count_scope(application: Application, kind: Kind, scope: ScopingFilter) -> ScopeEffect:
    """Compare the filter with the stored one, for everybody who is assigned."""
    effect, until = ScopeEffect(), time.monotonic() + MOST_SECONDS
    for locals_ in batches(configuration_of(application, database_now()), kind):
        if effect.looked_at >= MOST_LOOKED_AT or time.monotonic() > until:
            effect.is_whole = False
            break
        effect.looked_at += len(locals_)
        for local in locals_:
            if local.is_entitled and not local.is_deleted:
                will_be = scope.matches(local.source).is_in_scope
                effect.add(local.label, was=local.is_in_scope, will_be=will_be)
    return effect
