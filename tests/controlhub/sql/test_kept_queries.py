"""A cached query returns the same rows as Django, with new values each time, and is compiled once."""

import importlib
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from controlhub.models import Account, Organization, User
from controlhub.sql.kept_queries import KeptQuery, Parameter
from tests import factories

ROOT = Path(__file__).resolve().parents[3]
NAMED = "KeptQuery("


@pytest.mark.django_db
def test_each_use_returns_its_own_rows(organization: Organization, other_organization: Organization) -> None:
    names = {one: factories.make_user(one, f"{one.pk}@example.com") for one in (organization, other_organization)}
    composed = []

    def users(organization: Parameter) -> QuerySet[User]:
        composed.append(organization)
        return User.objects.filter(organization=organization).select_related("organization").order_by("pk")

    kept = KeptQuery(users, "organization")
    for one, user in names.items():
        (found,) = kept.rows(organization=one.pk)
        assert (found, found.document) == (user, user.document)
        with CaptureQueriesContext(connection) as read:
            assert found.organization == one
        assert not read.captured_queries
    assert len(composed) == 1
    assert kept.first(organization=factories.make_organization("Zion").pk) is None


@pytest.mark.django_db
def test_rows_have_annotations_and_tuples_have_values(organization: Organization) -> None:
    factories.make_user(organization, "bjensen@example.com")
    counted = Organization.objects.annotate(number=Count("users"))
    (found,) = KeptQuery(lambda pk: counted.filter(pk=pk), "pk").rows(pk=organization.pk)
    assert found.number == 1
    values = KeptQuery(lambda pk: counted.filter(pk=pk).values_list("pk", "number"), "pk")
    assert values.tuples(pk=organization.pk) == [(organization.pk, 1)]


@pytest.mark.django_db
def test_missing_and_unknown_values_are_errors(organization: Organization) -> None:
    kept = KeptQuery(lambda pk: Organization.objects.filter(pk=pk), "pk")
    for values in ({}, {"pk": organization.pk, "name": "x"}):
        with pytest.raises(TypeError, match="takes"):
            kept.rows(**values)


@pytest.mark.django_db(transaction=True)
def test_each_thread_uses_its_own_connection(organization: Organization) -> None:
    kept: KeptQuery[Account] = KeptQuery(lambda pk: Account.objects.filter(pk=pk), "pk")
    account, _ = factories.make_admin(organization)
    assert kept.first(pk=account.pk) == account
    found: list[Any] = []

    def ask() -> None:
        found.append(kept.first(pk=account.pk))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [account]


def kept_queries() -> dict[str, KeptQuery[Any]]:
    """All cached queries of the product."""
    found = {}
    for package in ("controlhub", "audit", "directory", "scim"):
        for file in (ROOT / package).rglob("*.py"):
            if NAMED in file.read_text() and file.stem != "kept_queries":
                module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
                queries = {name: one for name, one in vars(module).items() if isinstance(one, KeptQuery)}
                found |= {f"{module.__name__}.{name}": one for name, one in queries.items()}
    return found


@pytest.mark.django_db
def test_cached_query_contains_no_value_of_its_first_use(at: Any) -> None:
    """Compiled at a different time and in a different time zone, it is the same."""

    def composed() -> dict[str, tuple[str, str]]:
        queries = {name: KeptQuery(one._compose, *one._parameters) for name, one in kept_queries().items()}
        return {name: (one._composed[1], repr(one._composed[2])) for name, one in queries.items()}

    assert len(before := composed()) > 4
    at(days=400)
    with timezone.override("Asia/Tokyo"):
        assert composed() == before
