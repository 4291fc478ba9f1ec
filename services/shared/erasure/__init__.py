"""The erasure of a deleted account, as each service but circles runs it."""
