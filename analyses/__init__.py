"""The app: texts, their analyses, and the console over them."""
