"""Networks that an installation lists in its settings."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """One of the installation's own networks, with one port or all ports."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> "AllowedNetwork":
        """Parse `network` or `network:port`, where an IPv6 network with a port is in brackets. ValueError."""
        if text.startswith("["):
            network, _, rest = text[1:].partition("]")
            return cls(ip_network(network), int(rest.removeprefix(":")) if rest else None)
        if text.count(":") == 1:
            network, _, port = text.partition(":")
            return cls(ip_network(network), int(port))
        return cls(ip_network(text))

    def holds(self, address: IPAddress, port: int) -> bool:
        return address in self.network and self.port in (None, port)
