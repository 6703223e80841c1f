"""Hypotheses of why claimed coefficients are not the maximum, each tested."""
