"""What `import glmnn` offers: one function for each command, and what it returns."""
