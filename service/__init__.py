"""What we say about it: incidents, the worker's loop and the store."""
