"""Checks before a process starts: whether this release can use the database, and whether the deployment is safe.

`make run` checks once, and `python -m controlhub.launch NAME` for each process (docs/decisions/0041).
"""

import logging
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from controlhub.database import releases
from controlhub.database.outages import reason_of
from controlhub.security import dangers

logger = logging.getLogger(__name__)


def reasons() -> list[str]:
    """Returns the reasons why this process must not serve, each in one or more sentences."""
    try:
        return list(_reasons())
    except ImproperlyConfigured as error:
        return [str(error)]


def _reasons() -> Iterator[str]:
    """Yields the reasons. An unreachable database is not one: it may be back before the first request."""
    dangers.require_known_names()
    yield from (str(danger) for danger in dangers.in_settings() if not dangers.is_accepted(danger))
    try:
        applied = releases.applied()
        in_database = list(dangers.in_database())
    except Error as error:
        reason = reason_of(error) or type(error).__name__
        logger.warning("Could not check whether the database matches this release and is safe: %s", reason)
        return
    if refusal := releases.refusal(applied):
        yield refusal
    if missing := releases.missing(applied):
        logger.warning(
            "The database lacks migrations of this release (%s). Run `manage.py migrate`.", ", ".join(missing)
        )
    yield from (str(danger) for danger in in_database if not dangers.is_accepted(danger))
