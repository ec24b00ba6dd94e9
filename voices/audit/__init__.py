"""The audit log: what was said in a family voice, for the household alone to read."""
