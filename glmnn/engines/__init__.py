"""How a sum over rows is taken: cut into leaves, and added in one tree wherever the rows are."""
