"""A pooled connection that knows without asking whether its server has said good-bye."""

from __future__ import annotations

import select
import time
from typing import Any

from psycopg import Connection, Cursor

# The pool's question whether a connection lives.
PING = ""
# A server that ends says so, and its word waits at the socket; one that vanished says nothing, however long.
TRUSTED_SECONDS = 1.0


class AttentiveConnection(Connection[Any]):
    """Answers the pool's ping itself while the server was heard a second ago and has sent nothing since.

    A ping costs a request of the API a quarter of its time.
    """

    heard_at = float("-inf")

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Cursor[Any]:
        """Execute a query on a new cursor; a ping only where it can tell something."""
        if query != PING:
            return super().execute(query, *args, **kwargs)
        if time.monotonic() - self.heard_at < TRUSTED_SECONDS and not self._has_news():
            return self.cursor()
        answer = super().execute(query, *args, **kwargs)
        self.heard_at = time.monotonic()
        return answer

    def _has_news(self) -> bool:
        socket = select.poll()
        socket.register(self.fileno(), select.POLLIN)
        return bool(socket.poll(0))
