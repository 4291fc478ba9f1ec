"""What several services use. It contains nothing that only one service uses, and imports none of them."""
