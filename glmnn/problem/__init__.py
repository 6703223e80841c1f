"""A model on data, and the penalty on it."""
