"""Networks in settings: what is understood, and that a mistake is told at the start, not at the first request."""

from ipaddress import ip_address, ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured

from controlhub.env import parsed
from controlhub.networks import Place


@pytest.mark.parametrize(
    ("text", "network", "port"),
    [
        ("10.1.0.0/16", "10.1.0.0/16", None),
        ("127.0.0.1:9400", "127.0.0.1/32", 9400),
        ("2001:db8::/32", "2001:db8::/32", None),
        ("[2001:db8::/32]", "2001:db8::/32", None),
        ("[::1]:8080", "::1/128", 8080),
    ],
)
def test_a_place_is_read(text, network, port):
    assert Place.read(text) == Place(ip_network(network), port)


def test_a_place_holds_its_port():
    place = Place.read("10.1.0.0/16:8080")
    assert place.holds(ip_address("10.1.2.3"), 8080)
    assert not place.holds(ip_address("10.1.2.3"), 443)
    assert not place.holds(ip_address("10.2.0.1"), 8080)
    assert not place.holds(ip_address("::1"), 8080)


@pytest.mark.parametrize("text", ["hub.example.com", "10.0.0.1/8", "127.0.0.1:http", "[::1]8080x"])
def test_a_mistake_is_told_by_name(monkeypatch, text):
    monkeypatch.setenv("OUTBOUND_ALLOW", f"127.0.0.1,{text}")
    with pytest.raises(ImproperlyConfigured, match="OUTBOUND_ALLOW"):
        parsed("OUTBOUND_ALLOW", Place.read)
