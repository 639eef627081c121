"""Faults: what is killed in the middle goes on as if nothing had happened."""
