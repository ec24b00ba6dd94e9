"""Speech engines: text in, samples out, streaming inside the sentence."""
