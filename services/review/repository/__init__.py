"""Keys, items and conditions of the review table."""
