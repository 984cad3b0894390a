"""From saliency and photo to the subject's soft mask."""
