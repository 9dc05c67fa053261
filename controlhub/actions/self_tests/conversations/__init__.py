"""The conversation of each client, each in a module of its own."""

from collections.abc import Mapping

from controlhub.actions.self_tests.client_requests import Conversation
from controlhub.actions.self_tests.conversations import entra, generic, google, jumpcloud, okta, onelogin
from controlhub.models import Client

CONVERSATIONS: Mapping[Client, Conversation] = {
    Client.ENTRA: entra.CONVERSATION,
    Client.OKTA: okta.CONVERSATION,
    Client.GOOGLE: google.CONVERSATION,
    Client.JUMPCLOUD: jumpcloud.CONVERSATION,
    Client.ONELOGIN: onelogin.CONVERSATION,
    Client.GENERIC: generic.CONVERSATION,
}
