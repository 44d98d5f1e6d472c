"""`manage.py export_csv`: the former name of `export`."""

from analyses.management.commands.export import Command

__all__ = ("Command",)
