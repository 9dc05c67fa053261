"""The notices in the header of every page: decisions that wait for an administrator."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from controlhub.models import Organization, Permission, PurgeRun, PurgeState, User
from controlhub.sql.kept_queries import KeptQuery, Parameter


@dataclass(frozen=True, slots=True)
class Notices:
    """Decisions for an administrator: a purge that is staged or held, and users to review after a burst."""

    purge: str | None = None
    due: int | None = None
    review: int = 0

    @classmethod
    def of(cls, organization: Organization, permissions: AbstractSet[Permission]) -> "Notices":
        """Empty for administrators who may not decide."""
        if Permission.PURGE_USERS not in permissions:
            return cls()
        ((purge, due, review),) = _NOTICES.tuples(organization=organization.pk)
        return cls(purge, due, review or 0)


def _notices(organization: Parameter) -> QuerySet[Organization, Any]:
    own = OuterRef("pk")
    runs = PurgeRun.objects.filter(organization=own, state__in=[PurgeState.STAGED, PurgeState.HELD])
    burst = User.objects.filter(organization=own).awaiting_review().order_by().values("organization")
    return Organization.objects.filter(pk=organization).values_list(
        Subquery(runs.values("state")), Subquery(runs.values("due")), Subquery(burst.values(number=Count("pk")))
    )


_NOTICES = KeptQuery(_notices, "organization")
