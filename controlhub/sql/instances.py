"""Instances of models for rows that our own SQL has read or written (docs/decisions/0134)."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


def instance_of(model: type[M], columns: Mapping[str, Any], **also: Any) -> M:
    """Returns what `Model.from_db` returns for a stored row, without its loop over all fields and its two signals.

    `columns` are values by attribute name, such as `organization_id`. A column without a value is read when it is
    needed. `also` are further attributes of the instance, for which the model has no column.
    """
    state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    instance = model.__new__(model)
    vars(instance).update(columns, _state=state, **also)
    return instance
