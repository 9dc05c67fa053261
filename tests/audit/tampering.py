"""What somebody with the rights of a superuser does to the log: the triggers are off."""

from django.db import connection, transaction

from audit.verification import faults


def tamper(statement, *parameters):
    """Run it without triggers. What PostgreSQL refuses is taken back, so that its own error is the one seen."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def problems(organization):
    return [fault.problem for fault in faults(organization.pk)]
