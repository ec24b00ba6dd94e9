"""Fetching published files: resumable, verified, from where the user's own settings point."""
