"""Results to text: the only place that rounds."""
