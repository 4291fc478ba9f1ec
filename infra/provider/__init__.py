"""A sandbox of a payment provider and a real-name verifier, in a process of its own: `python -m infra.provider <port>`.

It is as strict as real providers: every request needs an idempotency key, a payment is captured once, refunds and chargebacks
cannot exceed it, payouts cannot exceed what it holds, and webhooks are signed over their raw bytes. Buyers pay at its page.

`POST /sandbox` makes it as unreliable as real providers: it repeats, reorders, delays or holds back webhooks. The addresses
under `/dashboard` act as an operator does on the provider's pages, or as a bank.
"""
