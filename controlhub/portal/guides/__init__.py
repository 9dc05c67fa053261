"""Setup guides of identity providers: one module of data for each."""

from controlhub.models import Client
from controlhub.portal.guides import entra, generic, google, jumpcloud, okta, onelogin
from controlhub.portal.guides.guide import Guide

GUIDES: dict[Client, Guide] = {
    Client.ENTRA: entra.GUIDE,
    Client.OKTA: okta.GUIDE,
    Client.GOOGLE: google.GUIDE,
    Client.JUMPCLOUD: jumpcloud.GUIDE,
    Client.ONELOGIN: onelogin.GUIDE,
    Client.GENERIC: generic.GUIDE,
}
