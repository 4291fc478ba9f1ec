"""What the services cost, measured: table units and dollars, cold starts, overhead."""
