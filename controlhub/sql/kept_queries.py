"""Django queries whose SQL is composed once per process.

Composing takes Django several times as long as PostgreSQL needs for the result. That matters for queries that every
page makes.
"""

from collections.abc import Callable
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet, Value
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)


class Parameter(Value):
    """A value of a query that is given at each use. It is sent as it is, so it must have the type of the column."""

    def as_sql(self, *_args: Any, **_options: Any) -> Any:
        return "%s", [self]


class KeptQuery(Generic[M]):
    """A query that a function composes from a `Parameter` for each name.

        BY_LOGIN = KeptQuery(lambda login: Account.objects.filter(login=login), "login")
        found = BY_LOGIN.rows(login="neo@example.com")

    Every other value in the query must be a constant, because it is kept, too.
    """

    def __init__(self, compose: Callable[..., QuerySet[M, Any]], *names: str) -> None:
        self._compose = compose
        self._parameters = {name: Parameter(name) for name in names}

    def rows(self, **values: Any) -> list[M]:
        """Returns the objects, with annotations and related objects of the query."""
        compiler = self._compiler(values)
        query = SimpleNamespace(get_compiler=lambda **_options: compiler)
        source = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})
        return list(ModelIterable(cast(Any, source)))

    def first(self, **values: Any) -> M | None:
        """Returns the first object, or None. The query itself must be ordered, or find at most one object."""
        return next(iter(self.rows(**values)), None)

    def tuples(self, **values: Any) -> list[tuple[Any, ...]]:
        """Returns the rows of a query with `values_list`."""
        return [tuple(row) for row in self._compiler(values).results_iter(tuple_expected=True)]

    @cached_property
    def _composed(self) -> tuple[Any, str, tuple[Any, ...], dict[str, Any]]:
        """The query, its SQL, its parameters, and the attributes of its compiler that describe the columns."""
        query = self._compose(**self._parameters).query
        compiler = query.get_compiler(using=DEFAULT_DB_ALIAS)
        text, params = compiler.as_sql()
        known = {name: value for name, value in vars(compiler).items() if name != "connection"}
        return query, text, tuple(params), known

    def _compiler(self, values: dict[str, Any]) -> SQLCompiler:
        """Returns a compiler for this thread's connection that composes nothing."""
        query, text, params, known = self._composed
        if values.keys() != self._parameters.keys():
            raise TypeError(f"The query takes {sorted(self._parameters)}, not {sorted(values)}.")
        compiler: Any = query.get_compiler(using=DEFAULT_DB_ALIAS)
        vars(compiler).update(known)
        given = tuple(values[one.value] if isinstance(one, Parameter) else one for one in params)
        compiler.as_sql = lambda *_args, **_options: (text, given)
        return cast("SQLCompiler", compiler)
