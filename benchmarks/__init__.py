"""Measured claims, one script each: `make bench ONLY=name` prints a table and writes build/bench/name.json."""
