"""Coefficients that another tool produced: read from what it wrote, and matched to the terms of a design."""
