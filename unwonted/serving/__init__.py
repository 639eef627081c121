"""The parts of a running service: its threads, its server and what it logs."""
