"""Numbers in, SVG geometry out: no Django, no database, no colours (a tone is a word for the style sheet)."""
