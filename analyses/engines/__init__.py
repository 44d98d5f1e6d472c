"""Engines: pure code that turns a text into a score; no Django models, no network."""
