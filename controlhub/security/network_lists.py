"""Lists of networks in CIDR notation: parses what people type, and checks whether an address is in one of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controlhub.security.networks import IPAddress

MOST_NETWORKS = 500
MOST_SHOWN = 10
"""The maximum number of mistakes in a list that are reported."""
MAX_ENTRY = 60
"""The maximum number of characters of an entry that a message shows. No network is longer."""
_ENTRY = re.compile(r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?")
_MAPPED = IPv6Network("::ffff:0:0/96")

Network = IPv4Network | IPv6Network


class NetworkListError(ValueError):
    """A list that is not valid. `problems` are sentences, each about one entry."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def read_networks(entries: Iterable[str]) -> list[str]:
    """Returns the networks in their usual notation, in the same order. NetworkListError lists the mistakes.

    An address without a prefix length is a network of that single address.
    """
    texts = [text for entry in entries if (text := entry.strip())]
    if len(texts) > MOST_NETWORKS:
        message = _("The list has {number} networks. It can have at most {most}.")
        raise NetworkListError([message.format(number=len(texts), most=MOST_NETWORKS)])
    found: dict[int, Network] = {}
    problems: list[tuple[int, str]] = []
    for number, text in enumerate(texts, start=1):
        network = _network(text)
        if problem := _problem(text, network):
            problems.append((number, problem.format(number=number, text=_shown(text))))
        elif network is not None:
            found[number] = network
    problems += _repetitions(found)
    if problems:
        raise NetworkListError(_bounded([sentence for _number, sentence in sorted(problems)]))
    return [str(network) for network in found.values()]


def covers(networks: Sequence[str], address: str | None) -> bool:
    """Whether sign-in is allowed from the address: the list is empty, or one of its networks contains it."""
    if not networks:
        return True
    try:
        found = plain_address(address or "")
    except ValueError:
        return False
    listed = set(networks)
    lengths = {int(text.rpartition("/")[2]) for text in networks}
    return any(_around(found, length) in listed for length in lengths if length <= found.max_prefixlen)


def plain_address(text: str) -> IPAddress:
    """Returns the address without a zone, and an IPv4 address in IPv6 notation as IPv4. ValueError."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _around(address: IPAddress, length: int) -> str:
    """Returns the network with this prefix length that contains the address."""
    host_bits = address.max_prefixlen - length
    return f"{type(address)(int(address) >> host_bits << host_bits)}/{length}"


def _network(text: str) -> Network | None:
    """Returns the network that contains the entry, or None if it is not in CIDR notation, or has a netmask or zone."""
    if not _ENTRY.fullmatch(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _problem(text: str, network: Network | None) -> str:
    """Returns what is wrong with an entry, with placeholders for its `number` and `text`, or "" if it is valid."""
    if network is None:
        return _("Entry {number} ({text}) is not a network. Write networks like 192.0.2.0/24 or 2001:db8::/32.")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        plain = f"{network.network_address.ipv4_mapped}/{network.prefixlen - _MAPPED.prefixlen}"
        return _("Entry {number} ({text}) is an IPv4 network in IPv6 notation. Enter {plain}.").replace(
            "{plain}", plain
        )
    address = text.partition("/")[0]
    if ip_address(address) != network.network_address:
        message = _("Entry {number} ({text}) is an address in a network. Enter {network} or {address}.")
        single = f"{address}/{network.max_prefixlen}"
        return message.replace("{network}", str(network)).replace("{address}", single)
    return ""


def _repetitions(networks: Mapping[int, Network]) -> Iterator[tuple[int, str]]:
    """Yields the number and a sentence for each network that is in the list twice, or inside another one of the list.

    In the order of addresses, a network is compared with the last one before it that is not inside another one.
    """
    order = sorted(networks, key=lambda number: _sort_key(networks[number]))
    outer = 0
    for number in order:
        network = networks[number]
        if outer and networks[outer] == network:
            first, second = sorted((outer, number))
            message = _("Entry {number} ({text}) is the same as entry {other}. Remove one of them.")
            yield second, message.format(number=second, text=network, other=first)
        elif outer and _contains(networks[outer], network):
            message = _("Entry {number} ({text}) is inside entry {other} ({outer}). Remove one of them.")
            yield number, message.format(number=number, text=network, other=outer, outer=networks[outer])
        else:
            outer = number


def _sort_key(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def _contains(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def _bounded(problems: list[str]) -> list[str]:
    left_out = len(problems) - MOST_SHOWN
    if left_out <= 0:
        return problems
    more = ngettext("One more entry is not valid.", "{number} more entries are not valid.", left_out)
    return [*problems[:MOST_SHOWN], more.format(number=left_out)]


def _shown(text: str) -> str:
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= MAX_ENTRY else f"{shown[:MAX_ENTRY]}…"
