"""What predicts: one file for each kind of model, from a fit to plain numbers, and from these to means."""
