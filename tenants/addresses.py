"""Addresses that a workspace names, of servers and pictures: public, unless the operator says more.

A name is looked up once, and the connection goes to the address that was checked: a name that
answers differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from tenants.errors import BadInput, Unavailable


def split_url(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of a server's address. Raises BadInput."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise BadInput("This is not the address of a server.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput("The address of a server begins with https:// or http://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadInput("Leave user name, password, ? and # out of the server's address.")
    if any(not char.isprintable() or char == " " for char in parts.path):
        raise BadInput("The server's address holds a space or a control character.")
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def find_address(host: str, port: int, *, allow_private: bool = False) -> str:
    """Return an IP address of the host that may be connected to.

    Refused unless `allow_private`: loopback, private, link-local (metadata services), multicast
    and reserved ranges, if any of the host's addresses is one. Raises BadInput, Unavailable.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"The server {host[:80]} is not known to the network.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise BadInput(
            f"The server {host[:80]} stands in a private network. Only public addresses may be "
            "used, unless the operator of this installation allows others."
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether the IP address belongs to the public internet, also inside an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
    return ip.is_global and not ip.is_multicast
