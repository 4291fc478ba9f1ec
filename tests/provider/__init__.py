"""The contract of the payment provider: every adapter, with the provider behind it, passes the same tests."""
