"""`python -m glmnn`."""

from glmnn.cli import main

if __name__ == "__main__":
    main()
