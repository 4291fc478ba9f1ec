"""The port to a service's table, its DynamoDB adapter, and the reads and writes of several services."""
