"""Model packs and published weights: what they say of themselves, where they lie, how they come."""
