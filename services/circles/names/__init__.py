"""The names that users choose: which are allowed, and how they are put in order and searched."""
