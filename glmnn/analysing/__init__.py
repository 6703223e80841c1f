"""`glmnn anova`: terms of a model, or nested models, tested by their deviances."""
