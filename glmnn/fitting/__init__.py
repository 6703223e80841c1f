"""`glmnn fit`: the maximum likelihood estimate, and every solver compared with it."""
