"""`glmnn replay`: the documents that glmnn started from, recomputed."""
