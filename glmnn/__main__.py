"""`python -m glmnn`."""

from glmnn.cli import main

main()
