"""The four services in one process: tables in memory, stand-ins of everything outside, streams, bus and faults.

Tests and benchmarks use it; it is in no deployment package. It imports the services and the readers of the templates only.
"""
