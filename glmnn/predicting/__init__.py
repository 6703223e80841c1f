"""`glmnn predict`: what a saved model says of other rows."""
