"""What searching compares and asks: words of a text, a person's question, and how databases write both. Pure."""
