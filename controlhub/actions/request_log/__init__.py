"""The request log of SCIM."""

from controlhub.actions.request_log.entries import RECORDER, Entry, RefusedOperation, RefusedToken
from controlhub.actions.request_log.refusing import record_refused_tokens
from controlhub.actions.request_log.revealing import reveal_request
from controlhub.actions.request_log.storing import store_requests
from controlhub.actions.request_log.sweeping import first_id, sweep_requests

__all__ = [
    "RECORDER",
    "Entry",
    "RefusedOperation",
    "RefusedToken",
    "first_id",
    "record_refused_tokens",
    "reveal_request",
    "store_requests",
    "sweep_requests",
]
