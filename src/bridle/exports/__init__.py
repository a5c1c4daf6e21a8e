"""Trained functions and the preparation of their rows in the format of others: ONNX."""
