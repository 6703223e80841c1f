"""`glmnn audit`: whose coefficients are the maximum, and why others are not."""
