"""Networks that an installation names in its settings."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """A network of the installation's own, at one port or all."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> "AllowedNetwork":
        """`network` or `network:port`, an IPv6 network with a port in brackets; ValueError."""
        if text.startswith("["):
            network, _, rest = text[1:].partition("]")
            return cls(ip_network(network), int(rest.removeprefix(":")) if rest else None)
        if text.count(":") == 1:
            network, _, port = text.partition(":")
            return cls(ip_network(network), int(port))
        return cls(ip_network(text))

    def holds(self, address: IPAddress, port: int) -> bool:
        return address in self.network and self.port in (None, port)
