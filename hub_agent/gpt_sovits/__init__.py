"""GPT-SoVITS: from people's own checkpoints to speech, with NumPy and onnxruntime alone."""
