"""Events between services, and processing of a table's stream; not what an event causes."""
