"""Recording a person: microphone, level meter, guided session, transcripts from a server."""
