"""The list of cases in the window: which one is looked at, and what is looked at next."""
