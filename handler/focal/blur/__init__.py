"""From photo and mask to the picture with its background out of focus."""
