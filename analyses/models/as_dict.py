"""A row as a dict: every column by its name, as Python values or as values that JSON has."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db.models import Model


def to_dict(row: Model) -> dict[str, Any]:
    """Give every column by name, also of a row that was never saved.

    What only the database computes is None until the row was read from it; a column that was not loaded costs a query.
    """
    return {str(field.column): _value(row, field) for field in row._meta.concrete_fields}


def to_json_dict(row: Model) -> dict[str, Any]:
    """Give `to_dict` with moments as ISO 8601 texts and choices as plain texts, ready for JSON."""
    return {name: _json_safe(value) for name, value in to_dict(row).items()}


def _value(row: Model, field: Any) -> Any:
    if field.generated and row._state.adding:
        return None
    return getattr(row, field.attname)


def _json_safe(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
