"""Why claimed coefficients are not the maximum: one file for each kind of reason."""
