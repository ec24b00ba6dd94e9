"""Recognising who speaks: a speaker embedding, and what its cosines mean."""
