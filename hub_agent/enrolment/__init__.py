"""From recordings and a consent to a voice in the vault."""
