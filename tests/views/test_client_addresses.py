"""Whose request it is, whatever the client says."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from analyses.views import client_addresses


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "10.0.0.1", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1:2:3:4", "", "2001:db8::/64"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_trusted_proxies_are_believed(settings: Any, peer: str, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = ("127.0.0.1", "10.0.0.0/8")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)

    assert client_addresses.of(request) == address
