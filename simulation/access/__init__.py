"""Who can do what, as data that is written by hand: for the tests that call every cell, and for docs/access.md."""
