"""The proof that an event is in the log, for verification without Control Hub."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.models import AuditEvent
from audit.transparency.proof_files import SUFFIX
from audit.tree import prove
from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, find_or_404, require


@require_safe
@require(Permission.VIEW_AUDIT)
def event_proof(request: PortalRequest, event_id: UUID) -> HttpResponse:
    """A file in the format of https://c2sp.org/tlog-proof."""
    event = find_or_404(request, AuditEvent.objects, pk=event_id)
    proof = prove(event)
    if proof is None:
        messages.info(request, _("This event is not sealed yet. Sealing takes a few seconds."))
        return redirect("event-detail", event.pk)
    response = HttpResponse(str(proof), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.pk}{SUFFIX}"'
    return response
