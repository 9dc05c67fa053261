"""Google Workspace: users only. Google documents what it provisions, but not its requests: these follow RFC 7644."""

from controlhub.actions.self_tests.client_requests import Conversation
from controlhub.actions.self_tests.conversations.generic import (
    CREATED,
    DEACTIVATED,
    DELETED,
    GONE,
    NOBODY_FOUND,
    REACTIVATED,
    READ,
    REPLACED,
)

CONVERSATION = Conversation(
    "https://support.google.com/a/answer/7681608",
    (NOBODY_FOUND, CREATED, READ, REPLACED, DEACTIVATED, REACTIVATED, DELETED, GONE),
)
