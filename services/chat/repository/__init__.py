"""Keys, items and conditions of the chat table."""
