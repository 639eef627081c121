"""What happened: events, the sources that read them, and the stream that carries them."""
