"""`verify_audit`, as operators run it, after everything was sealed."""

from django.core.management import CommandError, call_command

from audit.models import AuditEvent, AuditLeaf
from audit.seal import seal_events
from tests import servers


def verify(capsys):
    """The exit code of `verify_audit`, and what it says on both outputs."""
    capsys.readouterr()
    code = 0
    try:
        call_command("verify_audit")
    except CommandError:
        code = 1
    return code, capsys.readouterr()


def seal_everything():
    """Seal until no event is left. They wait for older transactions of the server, also for those of other tests."""
    servers.wait_for(
        lambda: not seal_events() and AuditLeaf.objects.count() == AuditEvent.objects.count(),
        message="events stay unsealed",
    )
