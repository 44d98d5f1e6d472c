"""Tables of texts: CSV in and out, without Django's models."""
