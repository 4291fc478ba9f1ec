"""Keys, items and conditions of the circles table."""
