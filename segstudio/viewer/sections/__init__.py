"""The right column, one section a file."""
