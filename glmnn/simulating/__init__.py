"""`glmnn simulate`: data with known truth."""
