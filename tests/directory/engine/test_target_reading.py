"""When the schemas of an application are read again."""

from datetime import timedelta

import pytest

from audit.actor import COMMAND
from controlhub.database.clock import database_now
from directory.actions.provisioning import ProvisioningSettings, change_provisioning
from directory.engine.target_reading import ask_for_schemas
from directory.models import TargetSchema
from tests.directory.engine.conftest import URL


def read_before(world, **moments):
    """Set how long ago the schemas were read, or could not be read."""
    ago = {name: database_now() - timedelta(minutes=minutes) for name, minutes in moments.items()}
    TargetSchema.objects.create(application=world.application, tenant_url=URL, **ago)


def with_another_token(application):
    wanted, secret = ProvisioningSettings.of(application), "another-token-of-some-length"
    return change_provisioning(application, wanted, secret=secret, version=application.version, actor=COMMAND)


def is_asked():
    return TargetSchema.objects.get().asked_at is not None


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ({"read_at": 50}, False),
        ({"read_at": 70}, True),
        ({"failed_at": 4}, False),
        ({"failed_at": 6}, True),
        ({"read_at": 70, "failed_at": 4}, False),
        ({"read_at": 10, "failed_at": 6}, False),
    ],
)
def test_schemas_are_read_hourly_and_five_minutes_after_a_failure(world, moments, expected):
    read_before(world, **moments)
    ask_for_schemas(world.application)
    assert is_asked() is expected


@pytest.mark.parametrize("moments", [{"read_at": 50}, {"failed_at": 1}, {"read_at": 50, "failed_at": 1}])
def test_new_token_is_tried_immediately(world, moments):
    read_before(world, **moments)
    saved = with_another_token(world.application)
    ask_for_schemas(saved)
    assert is_asked()


def test_token_that_failed_is_not_tried_again_immediately(world):
    saved = with_another_token(world.application)
    read_before(world, failed_at=0)
    ask_for_schemas(saved)
    assert not is_asked()
