"""Readers of claimed coefficients, from wherever they come."""
