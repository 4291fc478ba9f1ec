"""The keys, items and conditions of the commerce table."""
