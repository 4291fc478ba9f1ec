"""The mutation run: `make mutants` changes the source in one place, and the tests must fail."""
