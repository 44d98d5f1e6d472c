"""The cache: Redis where one is given, nothing elsewhere."""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 0.25


def configure(url: str, *, ttl_seconds: int, key_prefix: str) -> dict[str, Any]:
    """Give Django's settings for the cache; without an address nothing is cached."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": key_prefix,
        "VERSION": 1,
        "TIMEOUT": ttl_seconds,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": TIMEOUT_SECONDS,
            "SOCKET_TIMEOUT": TIMEOUT_SECONDS,
            "IGNORE_EXCEPTIONS": True,
            # A frozen Redis costs one timeout a call, not the client's default of several.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
    }
