"""`glmnn effects`: average marginal effects and marginal means."""
