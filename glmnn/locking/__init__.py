"""`glmnn lock` and `glmnn check`: coefficients written down and guarded."""
