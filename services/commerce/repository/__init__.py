"""The keys, items and conditions of the commerce service's table."""
