"""What the hub says at a time of day."""
