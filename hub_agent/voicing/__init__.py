"""Who speaks: which engine and whose voice, asked for consent, marked as this hub's."""
