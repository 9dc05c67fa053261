"""A test cannot leave rows for later tests."""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from controlhub.models import Organization
from tests import factories, flushing


@pytest.mark.django_db(transaction=True)
def test_leftover_rows_fail_the_test_and_are_deleted():
    factories.make_organization()
    with pytest.raises(pytest.fail.Exception, match="this test has left rows"):
        flushing.fail_if_rows_are_left("this test")
    assert not Organization.objects.exists()
    flushing.fail_if_rows_are_left("this test")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failures", [1, flushing.ATTEMPTS])
def test_flush_is_retried_a_limited_number_of_times(monkeypatch, failures):
    tried = []

    def refused_at_first(statements):
        tried.append(statements)
        if len(tried) <= failures:
            raise OperationalError("deadlock detected")

    monkeypatch.setattr(connection.ops, "execute_sql_flush", refused_at_first)
    flushing.repeat_refused_flushes()
    if failures < flushing.ATTEMPTS:
        call_command("flush", interactive=False, verbosity=0)
    else:
        with pytest.raises(Exception, match="couldn't be flushed"):
            call_command("flush", interactive=False, verbosity=0)
    assert len(tried) == min(failures + 1, flushing.ATTEMPTS)
