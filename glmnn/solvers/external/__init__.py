"""Other people's solvers, each in its own file."""
