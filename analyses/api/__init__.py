"""The JSON API: doors for programs. Each reads the request, calls one service or query, and answers."""
