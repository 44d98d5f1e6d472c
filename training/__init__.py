"""Makes the weights that analyses/engines ships, from openly licensed data."""
