"""The stream that carries events in order, embedded or on a bus."""
