"""Adds the request id to every log line, and removes secrets."""

import logging
import re

from controlhub.middleware.request_ids import request_id
from controlhub.text.readable import escaped

_LINK = re.compile(r"(/invitations/|/password/new/)[^/\s]+")


class RequestIdFilter(logging.Filter):
    """Gives every log record its `request_id`, and puts it in one line without the secrets of mailed links.

    Django's own records have the request that they are about.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(getattr(record, "request", None), "request_id", None) or request_id()
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args}"
        record.msg, record.args = escaped(_masked(message.rstrip())), ()
        return True


def _masked(text: str) -> str:
    return _LINK.sub(r"\1…", text)
