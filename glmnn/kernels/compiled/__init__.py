"""What numba compiles (the extra `fast`); imported by `glmnn.kernels.choice` alone, where it pays."""
