"""Whose request it is: the address of the client, behind proxies that are trusted and no others."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64


def of(request: HttpRequest) -> str:
    """Give the client's address, for IPv6 its network of 64 bits, which one client has whole; "" when unknown.

    Read from the right: each trusted proxy adds whom it heard from, and what stands left of that may be made up.
    """
    address = ""
    for given in _from_the_right(request):
        try:
            found = ipaddress.ip_address(given.strip())
        except ValueError:
            break
        address = _shortened(found)
        if not _is_proxy(found):
            break
    return address


def _from_the_right(request: HttpRequest) -> Iterator[str]:
    yield request.META.get("REMOTE_ADDR", "")
    yield from reversed(request.headers.get("X-Forwarded-For", "").split(","))


def _is_proxy(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES)


def _shortened(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
