"""Recognising in recordings what this hub itself said."""
