"""The names of members: how they are put in order and searched."""
