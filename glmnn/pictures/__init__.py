"""What the pictures of a fit show, as numbers: one document for every painter."""
