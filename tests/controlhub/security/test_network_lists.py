"""Lists of networks: accepted entries, the message for each error, and the addresses that a list contains."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlhub.security.network_lists import MOST_NETWORKS, NetworkListError, covers, read_networks


@pytest.mark.parametrize(
    ("entries", "networks"),
    [
        (["10.0.0.0/8", "2001:DB8::/32"], ["10.0.0.0/8", "2001:db8::/32"]),
        (["203.0.113.7", "2001:db8::1"], ["203.0.113.7/32", "2001:db8::1/128"]),
        ([" 10.0.0.0/8 ", "", "  "], ["10.0.0.0/8"]),
        (["0.0.0.0/0", "::/0"], ["0.0.0.0/0", "::/0"]),
        (["10.0.0.0/9", "10.128.0.0/9"], ["10.0.0.0/9", "10.128.0.0/9"]),
        ([], []),
    ],
)
def test_networks_are_normalized(entries, networks):
    assert read_networks(entries) == networks


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("10.1.2.3/8", "is an address in a network. Enter 10.0.0.0/8 or 10.1.2.3/32."),
        ("2001:db8::1/32", "is an address in a network. Enter 2001:db8::/32 or 2001:db8::1/128."),
        ("::ffff:10.0.0.0/104", "is an IPv4 network in IPv6 notation. Enter 10.0.0.0/8."),
        ("::ffff:192.0.2.1", "is an IPv4 network in IPv6 notation. Enter 192.0.2.1/32."),
        ("10.0.0.0/255.0.0.0", "is not a network."),
        ("10.0.0.0/33", "is not a network."),
        ("10.0.0/8", "is not a network."),
        ("fe80::1%eth0", "is not a network."),
        ("example.com", "is not a network."),
        ("1" * 100, "is not a network."),
        ("{number}", "is not a network."),
    ],
)
def test_each_error_names_its_entry(entry, problem):
    with pytest.raises(NetworkListError) as caught:
        read_networks(["192.0.2.0/24", entry])
    (sentence,) = caught.value.problems
    assert sentence.startswith(f"Entry 2 ({entry[:60]}")
    assert problem in sentence


def test_invisible_characters_are_not_shown_in_the_error():
    with pytest.raises(NetworkListError, match="\N{REPLACEMENT CHARACTER}10"):
        read_networks(["\u202e10.0.0.0/8"])


def test_duplicate_and_contained_networks_are_refused_in_list_order():
    with pytest.raises(NetworkListError) as caught:
        read_networks(["10.1.0.0/16", "x", "10.0.0.0/8", "192.0.2.0/24", "10.0.0.0/8", "192.0.2.0/24"])
    assert [sentence.split(" Remove")[0] for sentence in caught.value.problems] == [
        "Entry 1 (10.1.0.0/16) is inside entry 3 (10.0.0.0/8).",
        "Entry 2 (x) is not a network. Write networks like 192.0.2.0/24 or 2001:db8::/32.",
        "Entry 5 (10.0.0.0/8) is the same as entry 3.",
        "Entry 6 (192.0.2.0/24) is the same as entry 4.",
    ]


def test_number_of_networks_and_reported_errors_is_limited():
    most = [f"10.{number // 256}.{number % 256}.0/24" for number in range(MOST_NETWORKS)]
    assert len(read_networks(most)) == MOST_NETWORKS
    with pytest.raises(NetworkListError, match="501 networks"):
        read_networks([*most, "192.0.2.0/24"])
    with pytest.raises(NetworkListError) as caught:
        read_networks(["x"] * 13)
    assert len(caught.value.problems) == 11
    assert caught.value.problems[-1] == "3 more entries are not valid."


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        ([], None, True),
        (["10.0.0.0/8"], "10.255.255.255", True),
        (["10.0.0.0/8"], "11.0.0.0", False),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["::/0"], "10.0.0.1", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["10.0.0.0/8"], None, False),
        (["10.0.0.0/8"], "unknown", False),
    ],
)
def test_list_contains_the_expected_addresses(networks, address, expected):
    assert covers(networks, address) is expected


NETWORKS = st.one_of(
    st.builds(lambda a, n: str(ip_network((a, n), strict=False)), st.integers(0, 2**32 - 1), st.integers(0, 32)),
    st.builds(lambda a, n: str(ip_network((a, n), strict=False)), st.integers(2**40, 2**128 - 1), st.integers(48, 128)),
)


@given(st.lists(NETWORKS, min_size=1, max_size=6), st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers())
@settings(max_examples=settings.default.max_examples)
def test_list_contains_every_address_of_its_networks(networks, address, pick):
    inside = ip_network(networks[pick % len(networks)])
    for found in (address, inside[0], inside[-1]):
        plain = getattr(found, "ipv4_mapped", None) or found
        expected = any(ip_address(str(plain)) in ip_network(network) for network in networks)
        assert covers(networks, str(found)) is expected
