"""Hidden layers: `glmnn fit --hidden` and `glmnn gradcheck`."""
