"""What `GET /labels` answers: every class that a photo may be said to show."""

from __future__ import annotations

from typing import Any

from ..network.labels import imagenet_labels, imagenet_synonyms


def labels_answer() -> dict[str, Any]:
    """The 1000 classes in the order of their indices, each with its label and its other names."""
    classes = zip(imagenet_labels(), imagenet_synonyms(), strict=True)
    return {
        "labels": [
            {"index": index, "label": label, "synonyms": list(synonyms)}
            for index, (label, synonyms) in enumerate(classes)
        ]
    }
