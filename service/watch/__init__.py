"""The watch: how the sources are, learned from what they delivered; what is wrong with one becomes an event."""
