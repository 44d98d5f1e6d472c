"""The app: texts, their analyses, and the console over them."""

__version__ = "0.1.0"
