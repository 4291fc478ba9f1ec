"""Data exports: their format, and the part that each service writes."""
