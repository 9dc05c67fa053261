"""Which requests of audit events are still in the request log."""

from collections.abc import Iterable
from uuid import UUID

from controlhub.models import Organization, ScimRequest
from controlhub.models.request_log import HAS_REQUEST_ID
from controlhub.user_lists.criteria import is_uuid


def entries_of(organization: Organization, request_ids: Iterable[str]) -> dict[str, UUID]:
    """The id of the log entry for each of these request ids that is in the log, in at most two statements."""
    wanted = {text for text in request_ids if text}
    own = [UUID(text) for text in wanted if is_uuid(text)]
    log = ScimRequest.objects.in_organization(organization)
    found = {str(pk): pk for pk in log.filter(id__in=own).values_list("id", flat=True)} if own else {}
    if rest := wanted - found.keys():
        chosen = log.filter(HAS_REQUEST_ID, request_id__in=rest)
        found |= dict(chosen.order_by("id").values_list("request_id", "id"))
    return found
