"""Callers, account status, keys and the audit trail; not the permissions within a service."""
