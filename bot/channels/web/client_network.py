"""Who counts as one for a limit: an IPv4 address, or the /64 that one IPv6 customer is given."""

import ipaddress

#: What one customer is given at least: RIPE-690, 4.2.
_CUSTOMER_BITS = 64
#: What the log tells of an address: enough to ask its network's operator, no single customer.
_LOGGED_BITS = {4: 24, 6: 48}


def customer_of(address: str) -> str:
    """Name whom an address belongs to; what is no address stands for itself."""
    found = _parsed(address)
    if found is None or found.version == 4:
        return str(found or address)
    return str(ipaddress.ip_network((found, _CUSTOMER_BITS), strict=False))


def network_of(address: str) -> str:
    """Name the network that the log tells: /24 of IPv4, /48 of IPv6."""
    found = _parsed(address)
    if found is None:
        return "unknown"
    return str(ipaddress.ip_network((found, _LOGGED_BITS[found.version]), strict=False))


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if found.version == 6 else None
    return mapped or found
