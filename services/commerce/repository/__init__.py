"""Keys, items and conditions of the commerce table."""
