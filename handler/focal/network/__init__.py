"""The classifier: its layers, guided backpropagation through them, classes and saliency."""
