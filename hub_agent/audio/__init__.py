"""Streaming audio stages: mono float32 in [-1, 1], the sample rate beside it."""
