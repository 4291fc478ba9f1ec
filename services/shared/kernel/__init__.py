"""Ids, time, errors, settings, text and logs. The kernel knows neither HTTP nor the table."""
