"""Runs `verify_audit`, like operators do, after all events are sealed."""

from django.core.management import CommandError, call_command

from audit.models import AuditEvent, AuditLeaf
from audit.seal import seal_events
from tests import servers


def verify(capsys):
    """Returns the exit code of `verify_audit` and its output on both streams."""
    capsys.readouterr()
    code = 0
    try:
        call_command("verify_audit")
    except CommandError:
        code = 1
    return code, capsys.readouterr()


def seal_everything():
    """Seal until no event is left. Events wait for older transactions on the server, including those of other tests."""
    servers.wait_for(
        lambda: not seal_events() and AuditLeaf.objects.count() == AuditEvent.objects.count(),
        message="events stay unsealed",
    )
