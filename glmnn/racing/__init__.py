"""`glmnn race`: what each solver costs to stay within so many standard errors of the maximum, timed in turns."""
