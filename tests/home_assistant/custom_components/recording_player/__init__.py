"""A loudspeaker that keeps what it is told to play."""
