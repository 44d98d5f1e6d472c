"""The only writers of rows: each function checks, writes and logs one change."""
