"""Programs by scope: each a client that sends and gets JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from analyses.services import tokens


class Program:
    """A program with a token, or without."""

    def __init__(self, secret: str = "") -> None:
        self.secret = secret
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api{path}", query, headers=headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api{path}")

    def send(self, method: str, path: str, content: Any = None, **options: Any) -> Any:
        """Send JSON, or bytes as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        options = {"content_type": "application/json"} | options
        return self.client.generic(method, f"/api{path}", body, **options)

    def post(self, path: str, content: Any = None, **options: Any) -> Any:
        return self.send("POST", path, content, **options)


def program_of(owner: User, *scopes: str) -> Program:
    """Return a program with a fresh token whose first use is noted already."""
    secret = tokens.create(owner=owner, name="program", scopes=scopes, days=7)[1]
    program = Program(secret)
    program.get("/analyses/9999999")
    return program


@pytest.fixture
def reader(analyst: User) -> Program:
    """Return a program that reads."""
    return program_of(analyst, "read")


@pytest.fixture
def producer(editor: User) -> Program:
    """Return a program that sends texts and results, and reads."""
    return program_of(editor, "read", "ingest")


@pytest.fixture
def reviewer(editor: User) -> Program:
    """Return a program that corrects and deletes, and reads."""
    return program_of(editor, "read", "review")


@pytest.fixture
def stranger(db: None) -> Program:
    """Return a program without a token."""
    return Program()
