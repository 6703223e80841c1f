"""An option, declared once."""
