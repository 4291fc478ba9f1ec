"""The keys, items and conditions of the chat service's table."""
