"""The keys, items and conditions of the circles service's table.

Times in items are milliseconds since 1970 UTC; in sort keys they are RFC 3339, which sorts as text.
"""
