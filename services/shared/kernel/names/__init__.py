"""The names that users choose, of themselves and of circles: which are allowed, and which look alike."""
