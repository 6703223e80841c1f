"""How it is fitted: one file for each solver."""
