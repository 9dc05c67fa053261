"""Lists of users in the portal: a page of the users that an index found, counts for tabs, and first groups."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from controlhub.sql.statements import fetch_row, fetch_rows

PLAN_FOR_VALUES = """SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE),
    set_config('enable_seqscan', 'off', TRUE), set_config('max_parallel_workers_per_gather', '0', TRUE),
    set_config('statement_timeout', %(milliseconds)s, TRUE)"""
_FOUND = """
WITH found AS MATERIALIZED ({found})
SELECT (SELECT count(*) FROM found),
    ARRAY(SELECT id FROM found WHERE {place} ORDER BY sort_key {direction}, ordinal {direction} LIMIT %(page_size)s)
"""
_PLACES = {
    "ASC": "(sort_key, ordinal) > (%(key)s, %(ordinal)s)",
    "DESC": "(sort_key, ordinal) < (%(key)s, %(ordinal)s)",
}
TAB_COUNTS = """
SELECT (SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount
        WHERE organization_id = %(organization)s AND kind = 'controlhub_user'),
    (SELECT count(*) FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND NOT active AND original_user_name IS NOT NULL AND NOT hidden LIMIT %(most)s) AS d),
    (SELECT count(*) FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND NOT active AND original_user_name IS NOT NULL LIMIT %(most)s) AS d),
    (SELECT count(*) FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND NOT verified AND active LIMIT %(most)s) AS d),
    (SELECT count(*) FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND portal_role <> '' AND (active OR original_user_name IS NULL) LIMIT %(most)s) AS d)
"""
"""The numbers of visible users, visible deleted users, all deleted users, unverified users and administrators."""
_BEGINS = """(SELECT count(*) > %(most)s FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND NOT hidden AND {key} >= '0' || word AND {key} < '0' || word || %(last)s LIMIT %(most)s + 1) AS c)"""
_KEY = """(CASE WHEN {column} = '' THEN '1' ELSE '0' || left(controlhub_fold({column}), 256) END COLLATE "C")"""
_COMMON_WORDS = f"""
SELECT word, CASE
    WHEN {_BEGINS.format(key=_KEY.format(column="given_name"))} THEN 'given_name'
    WHEN {_BEGINS.format(key=_KEY.format(column="family_name"))} THEN 'family_name'
    WHEN {_BEGINS.format(key=_KEY.format(column="display_name"))} THEN 'display_name'
    WHEN (SELECT count(*) > %(most)s FROM (SELECT FROM controlhub_user WHERE organization_id = %(organization)s
        AND split_part(user_name_key, '@', -1) >= word AND split_part(user_name_key, '@', -1) < word || %(last)s
        LIMIT %(most)s + 1) AS c) THEN 'domain'
    END FROM unnest(%(words)s::text[]) AS w(word)
"""
COMMON = 1_000
"""A word is common if more than this many names begin with it."""
EXPECTED_USERS = """
EXPLAIN (FORMAT JSON) SELECT FROM controlhub_user
WHERE controlhub_parts(organization_id, display_name, user_name_key, family_name, given_name) @@ %(entries)s::tsquery
"""
FIRST_GROUPS = """
SELECT u.id, m.count, g.id, g.display_name FROM unnest(%(users)s::uuid[]) AS u(id)
CROSS JOIN LATERAL (SELECT group_id, count(*) OVER () AS count FROM controlhub_membership
    WHERE user_id = u.id ORDER BY group_id LIMIT %(most)s) AS m
JOIN controlhub_group g ON g.id = m.group_id ORDER BY m.group_id
"""
"""The number of groups of each user, and the first ones."""


@contextmanager
def planned_for_values(*, seconds: float) -> Iterator[None]:
    """A transaction whose statements get custom plans and are cancelled after `seconds`.

    A generic plan, which is the default (docs/decisions/0015), cannot know that a filter finds nine in ten users.
    """
    with transaction.atomic():
        fetch_row(PLAN_FOR_VALUES, {"milliseconds": str(round(seconds * 1_000))})
        yield


def found_page(
    found: str, values: Sequence[Any], *, position: tuple[Any, int] | None, is_descending: bool, page_size: int
) -> tuple[int, list[UUID]]:
    """Returns the number of rows of `found`, and the ids of those after `position`, by `sort_key` and `ordinal`.

    The query `found` has the columns `id`, `sort_key` and `ordinal`, and positional parameters with the values
    `values`.
    """
    names = [f"value_{number}" for number in range(len(values))]
    direction = "DESC" if is_descending else "ASC"
    text = _FOUND.format(
        found=found % tuple(f"%({name})s" for name in names),
        place=_PLACES[direction] if position else "TRUE",
        direction=direction,
    )
    params = {"page_size": page_size, **dict(zip(names, values, strict=True))}
    if position:
        params |= {"key": position[0], "ordinal": position[1]}
    number, ids = fetch_rows(text, params)[0]
    return int(number), list(ids)


def first_groups(users: Sequence[UUID], most: int) -> list[tuple[UUID, int, UUID, str]]:
    """Returns user, number of groups, group id and group name for each user and each of their first `most` groups."""
    return fetch_rows(FIRST_GROUPS, {"users": list(users), "most": most})


def expected_users(entries: str) -> int:
    """Returns the number of users that the planner expects to match these entries of the index on parts of names."""
    ((plans,),) = fetch_rows(EXPECTED_USERS, {"entries": entries})
    return int(plans[0]["Plan"]["Plan Rows"])


def common_words(organization: UUID, words: Sequence[str]) -> dict[str, str]:
    """Returns the words that more than COMMON names begin with, each with the kind of name: a column, or `domain`."""
    params = {"organization": organization, "words": list(words), "most": COMMON, "last": chr(0x10FFFF)}
    return {word: kind for word, kind in fetch_rows(_COMMON_WORDS, params) if kind}
