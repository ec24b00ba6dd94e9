"""What a person reads aloud when lending a voice: sentences that hold every common sound."""
