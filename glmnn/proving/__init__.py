"""Proofs of where the maximum lies, which anyone can check."""
