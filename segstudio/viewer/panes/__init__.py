"""The panes: planes of the scan, side by side, which show one session."""
