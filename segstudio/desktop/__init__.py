"""The double-click app."""
