"""Networks in settings: accepted forms. Errors are reported at startup, not with the first request."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from controlhub.env import listed, parsed
from controlhub.security import outbound
from controlhub.security.networks import AllowedNetwork


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
def test_allowed_network_is_parsed(text, network, port):
    assert AllowedNetwork.read(text) == AllowedNetwork(ip_network(network), port)


def test_allowed_network_applies_to_its_port():
    place = AllowedNetwork.read("10.1.0.0/16:8080")
    assert place.holds(ip_address("10.1.2.3"), 8080)
    assert not place.holds(ip_address("10.1.2.3"), 443)
    assert not place.holds(ip_address("10.2.0.1"), 8080)
    assert not place.holds(ip_address("::1"), 8080)


@pytest.mark.parametrize("text", ["hub.example.com", "10.0.0.1/8", "127.0.0.1:http", "[::1]8080x"])
def test_error_names_the_setting(monkeypatch, text):
    monkeypatch.setenv("OUTBOUND_ALLOW", f"127.0.0.1,{text}")
    with pytest.raises(ImproperlyConfigured, match="OUTBOUND_ALLOW"):
        parsed("OUTBOUND_ALLOW", AllowedNetwork.read)


DOCS = Path(__file__).resolve().parents[3] / "docs"


def documented(name):
    """The example of a setting in the docstring and in the handbook."""
    texts = {"outbound.py": outbound.__doc__.partition(name)[2]}
    for page in DOCS.glob("*.md"):
        for line in page.read_text().splitlines():
            if line.startswith(f"| `{name}` "):
                texts[page.name] = line.removeprefix(f"| `{name}`")
    return [
        (where, example)
        for where, text in sorted(texts.items())
        for example in re.findall(r"`([^`]+)`", text)
        if example[0] in "[0123456789"
    ]


@pytest.mark.parametrize(("where", "example"), documented("OUTBOUND_ALLOW"))
def test_documented_example_is_valid(monkeypatch, where, example):
    monkeypatch.setenv("OUTBOUND_ALLOW", example)
    places = parsed("OUTBOUND_ALLOW", AllowedNetwork.read)
    assert [place.port is None for place in places] == [True, False], "a network, and an address with a port"


def test_docstring_and_handbook_give_examples():
    assert {where for where, _ in documented("OUTBOUND_ALLOW")} == {"outbound.py", "sign-in.md"}


@pytest.mark.parametrize("text", ["a,b", "a b", "a, b", " a ,b, ", "a\nb", "a\tb\n", ",a,,b,"])
def test_values_are_separated_by_commas_or_white_space(monkeypatch, text):
    monkeypatch.setenv("SOME_LIST", text)
    assert listed("SOME_LIST") == ["a", "b"]


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_empty_setting_has_no_values(monkeypatch, text):
    monkeypatch.setenv("SOME_LIST", text)
    assert listed("SOME_LIST", default="a") == []
