"""What can be said about coefficients, wherever they came from."""
