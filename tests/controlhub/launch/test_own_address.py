"""`make run` allows the directory to reach this installation, unless people sign in over HTTPS."""

import pytest

from controlhub.launch import services


@pytest.mark.parametrize(
    ("set_to", "allowed"),
    [
        ({}, "true"),
        ({"PUBLIC_URL": "http://localhost:8000"}, "true"),
        ({"PUBLIC_URL": "https://hub.example.com"}, None),
        ({"OUTBOUND_ALLOW_SELF": "false"}, "false"),
        ({"PUBLIC_URL": "https://hub.example.com", "OUTBOUND_ALLOW_SELF": "true"}, "true"),
    ],
)
def test_own_address_is_allowed_on_a_local_installation(monkeypatch, set_to, allowed):
    for name in ("PUBLIC_URL", "OUTBOUND_ALLOW_SELF"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    assert services.alone().get("OUTBOUND_ALLOW_SELF") == allowed
