"""Generalised linear models by Fisher scoring and by gradient descent, compared."""
