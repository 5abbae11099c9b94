"""The napari side: scans and masks as layers, and the dock through which a reader works with them."""
