from django.db import connection, transaction

from tests import factories
from tests.audit.events import make_events
from tests.bloat import vacuum_large_tables


def size():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('audit_auditevent')")
        return cursor.fetchone()[0]


def test_space_of_rolled_back_rows_is_reclaimed(transactional_db):
    with transaction.atomic():
        make_events(factories.make_organization(), 8_000)
        transaction.set_rollback(True)
    before = size()
    vacuum_large_tables()
    assert size() < before / 4
