"""A person's voice from about a minute of speech: eSpeak NG says it, the person's sound is used."""
