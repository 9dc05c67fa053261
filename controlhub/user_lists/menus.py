"""The number of users for each entry of a menu."""

from collections.abc import Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField

from controlhub.models import Organization
from controlhub.user_lists.counts import Count
from controlhub.user_lists.matching import users_matching
from controlhub.user_lists.pages import TooBroadError, deadline

MOST_IN_MENU = 100
SECONDS = 1.0


def menu_counts(organization: Organization, queries: Sequence[str]) -> list[Count | None]:
    """Returns the number of users for each query string, up to MOST_IN_MENU; None for all if that takes SECONDS.

    Uses one statement. It is meant for queries with an index that finds their first users immediately.
    """
    found = [users_matching(organization, query).values("pk")[: MOST_IN_MENU + 1] for query in queries]
    numbers = [Func(ArraySubquery(ids), function="cardinality", output_field=IntegerField()) for ids in found]
    try:
        with deadline(SECONDS):
            row = Organization.objects.filter(pk=organization.pk).values_list(*numbers).get()
    except TooBroadError:
        return [None] * len(queries)
    return [Count.up_to(MOST_IN_MENU, number) for number in row]
