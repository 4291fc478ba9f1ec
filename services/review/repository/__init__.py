"""The keys, items and conditions of the review service's table."""
