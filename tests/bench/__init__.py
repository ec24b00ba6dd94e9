"""Measurements of the agent as a separate process, with a real broker and real sockets."""
