"""What the process that computes is asked to do: train a model, draw many cases, take scans in."""
