"""The Python client, against the services in process and a network that fails."""
