"""How Coterie is built, deployed, run on a laptop and operated."""
