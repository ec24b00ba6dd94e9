"""From recordings to what a voice can be made of: decoding, checking, cleaning, reporting."""
