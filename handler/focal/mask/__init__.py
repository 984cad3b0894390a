"""From saliency, people and photo to the subject's soft mask."""
