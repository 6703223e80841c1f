"""Arithmetic without statistics; the only files that may be compiled."""
