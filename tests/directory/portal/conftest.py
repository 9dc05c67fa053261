"""A directory in the administrator's organization, with an application whose SCIM service is a model."""

import pytest

from tests.directory.engine.conftest import World
from tests.directory.engine.target import Target


@pytest.fixture
def target(monkeypatch):
    target = Target()
    monkeypatch.setattr("directory.engine.client.open_session", target)
    return target


@pytest.fixture
def world(target, organization):
    return World(target, organization=organization)
