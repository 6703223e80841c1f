"""Whether there is a finite maximum, decided exactly."""
