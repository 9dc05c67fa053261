"""What somebody with the rights of a superuser does to the log: the triggers are off."""

from django.db import connection

from audit.verification import faults


def tamper(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(statement, parameters)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def problems(organization):
    return [fault.problem for fault in faults(organization.pk)]
