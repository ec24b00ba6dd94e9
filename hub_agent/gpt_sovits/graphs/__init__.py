"""The networks as ONNX graphs, built node by node from their weights."""
