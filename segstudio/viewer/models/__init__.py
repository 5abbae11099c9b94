"""The queue and the models: what learns and when, candidates beside what is in use, where versions come from."""
