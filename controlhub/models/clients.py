"""The identity providers that the portal has a setup guide for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Client(models.TextChoices):
    """The client that sends requests over a connection; GENERIC is any other SCIM 2.0 client."""

    ENTRA = "entra", "Microsoft Entra ID"
    OKTA = "okta", "Okta"
    GOOGLE = "google", "Google Workspace"
    JUMPCLOUD = "jumpcloud", "JumpCloud"
    ONELOGIN = "onelogin", "OneLogin"
    GENERIC = "generic", _("SCIM 2.0 client")
