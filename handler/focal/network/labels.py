"""The classes by name: ImageNet's 1000 labels, their synonyms, and which of them a client means.

The labels are torchvision's. The synonyms are the other words of each class's WordNet synset (docs/model-card.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from ..declarations import quoted
from ..errors import LONGEST_NAME, InvalidOption, similar_names

_FOLDER = Path(__file__).parent / "backbones"
MOST_SUGGESTIONS = 5


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The 1000 class names of ImageNet-1k in torchvision's spelling and order."""
    return tuple(_lines("imagenet_labels.txt"))


@cache
def imagenet_synonyms() -> tuple[tuple[str, ...], ...]:
    """For each class, in the same order, its other names."""
    return tuple(tuple(name for name in line.split(", ") if name) for line in _lines("imagenet_synonyms.txt"))


def class_index(labels: Sequence[str], target: int | str, option: str = "target") -> int:
    """The index of a class that is given by index or by name.

    A name is looked for among the labels as they are spelt, then in other letters' case, then among their synonyms, and
    then as words in one or the other; the first of these that finds one class alone decides.
    Raises InvalidOption, which names the option and the nearest labels, if there is no such class, or more than one.
    """
    if isinstance(target, int):
        if 0 <= target < len(labels):
            return target
    elif target in labels:
        return list(labels).index(target)
    elif len(target) <= LONGEST_NAME and (name := target.casefold().strip()):
        names = _names(labels)
        words = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        searches: Sequence[Callable[[list[str]], object]] = (  # from exact to vague
            lambda of_class: of_class[0] == name,
            lambda of_class: name in of_class,
            lambda of_class: any(words.search(one) for one in of_class),
        )
        for is_meant in searches:
            if found := [n for n, of_class in enumerate(names) if is_meant(of_class)]:
                return _only(labels, target, found, option)
        if near := _nearest(name, names):
            raise InvalidOption(
                f"Option {option}: no class is called {quoted(target)}; did you mean {_listed(labels, near)}?"
            )
    raise InvalidOption(
        f"Option {option} must be an ImageNet class index from 0 to {len(labels) - 1} or a class label."
    )


def _only(labels: Sequence[str], target: str, found: list[int], option: str) -> int:
    if len(found) == 1:
        return found[0]
    if len({labels[n].casefold() for n in found}) == 1:  # Cardigan and cardigan
        choice = " or ".join(f"{labels[n]} ({n})" for n in found)
        raise InvalidOption(f"Option {option} could mean {choice}; write the label so, or send its index.")
    raise InvalidOption(
        f"Option {option}: several classes are called {quoted(target)}; did you mean {_listed(labels, found)}?"
    )


def _nearest(name: str, names: Sequence[Sequence[str]]) -> list[int]:
    """The classes one of whose names is spelt much like this one, the most alike first."""
    classes = {one: n for n, of_class in reversed(list(enumerate(names))) for one in of_class}
    return list(dict.fromkeys(classes[one] for one in similar_names(name, classes, MOST_SUGGESTIONS)))


def _listed(labels: Sequence[str], indices: Sequence[int]) -> str:
    more = ", …" if len(indices) > MOST_SUGGESTIONS else ""
    return ", ".join(labels[n] for n in indices[:MOST_SUGGESTIONS]) + more


@cache
def _names(labels: tuple[str, ...]) -> tuple[list[str], ...]:
    """For each class its label and, of ImageNet's, its synonyms, without regard to case."""
    synonyms = imagenet_synonyms() if labels == imagenet_labels() else [()] * len(labels)
    return tuple([name.casefold() for name in (label, *more)] for label, more in zip(labels, synonyms, strict=True))


def _lines(file: str) -> list[str]:
    return (_FOLDER / file).read_text(encoding="utf-8").split("\n")[:-1]
