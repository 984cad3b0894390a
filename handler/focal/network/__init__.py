"""The networks: the classifier with its layers, backward passes, classes and saliency, and those that find people."""
