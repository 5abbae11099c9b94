"""The window's side of hospital archives: set up, picked from, stored to."""
