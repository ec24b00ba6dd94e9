"""Speech from another machine over HTTP: the wire, the audio on it, and when to leave it alone."""
