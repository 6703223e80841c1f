"""Formulas: read without running anything in them, and remembered for predictions."""
