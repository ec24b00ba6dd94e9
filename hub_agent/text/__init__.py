"""From what was written to what can be spoken: normaliser and streaming segmenter."""
