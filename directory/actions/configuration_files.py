"""Importing the configuration of an application from a file."""

from dataclasses import replace

from django.db import transaction

from audit.actor import Actor
from directory.actions.mappings import change_mappings
from directory.actions.provisioning import ProvisioningSettings, change_provisioning
from directory.models import Application
from directory.provisioning.configuration_files import ConfigurationFile


@transaction.atomic
def import_configuration(
    application: Application, found: ConfigurationFile, *, version: int, actor: Actor
) -> Application:
    """Apply everything in the file, or nothing. Tenant URL, token and status are not changed.

    Raises OutdatedError if somebody has saved since `version`, and InvalidSettingError with the field at fault.
    """
    saved = change_mappings(application, found.mappings, found.filters, version=version, actor=actor)
    wanted = replace(ProvisioningSettings.of(saved), **found.settings)
    return change_provisioning(saved, wanted, version=saved.version, actor=actor)
