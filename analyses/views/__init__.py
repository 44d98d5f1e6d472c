"""The pages: read the request, call one service or query, answer."""
