"""What a request asks an explanation for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..declarations import declarations, quoted, unknown, values_of_texts
from ..errors import InvalidOption, similar_names
from ..options import (
    EXPLANATION_OPTIONS,
    MOST_SAMPLES,
    SLOW_METHODS,
    ExplanationOptions,
    Options,
    read_explanation_options,
    read_options,
)

OWN_OPTIONS = tuple(declarations(ExplanationOptions))


def explanation_options(sent: Mapping[str, object], others: Iterable[str] = ()) -> tuple[Options, ExplanationOptions]:
    """The options of an explanation: those of a photo that count for it, and its own.

    sent: JSON values by name.   others: names of what else was sent and is of no use to an explanation.
    Where it does not say how many gradients a map is the mean of, its classes share all that a request may take.
    Raises InvalidOption for what is wrong, for what would have no effect, and for more gradients than one class takes
    by a method that keeps a worker from others' photos for seconds.
    """
    takes = (*EXPLANATION_OPTIONS, *OWN_OPTIONS)
    if unused := sorted({*others, *sent} - set(takes)):
        known = {*declarations(Options), *others}
        strangers = [name for name in unused if name not in known]
        if strangers and similar_names(strangers[0], takes, 1):
            raise InvalidOption(f"Option {unknown(strangers[0], takes)}")
        names = ", ".join(name if name in known else quoted(name) for name in unused)
        raise InvalidOption(f"An explanation takes {', '.join(takes)} only; leave out {names}.")
    options = read_options({name: value for name, value in sent.items() if name not in OWN_OPTIONS})
    asked = read_explanation_options({name: value for name, value in sent.items() if name in OWN_OPTIONS})
    if asked.method in SLOW_METHODS and asked.samples is None:
        asked = replace(asked, samples=MOST_SAMPLES // asked.count)
    if options.mask == "none":
        raise InvalidOption("An explanation is of what a mask is made of; leave out the mask none.")
    if asked.count * asked.gradients > MOST_SAMPLES:
        raise InvalidOption(
            f"{asked.method} of {asked.count} classes takes {asked.count * asked.gradients} gradients at samples="
            f"{asked.gradients}, and a request may take {MOST_SAMPLES}; send samples={MOST_SAMPLES // asked.count} or "
            "fewer classes."
        )
    steering = ("people", "point", "points") if asked.method != "guided_backprop" else ()
    _refuse(steering, sent, f"the maps of {asked.method}")
    _refuse(("format", "quality") if asked.output else (), sent, f"output={asked.output}")
    return (replace(options, format="png") if asked.output == "png" else options), asked


def values_of_explanation_texts(texts: Mapping[str, str]) -> dict[str, object]:
    """What the texts of a form or an address stand for; where a name is both's, it is the explanation's own."""
    own = values_of_texts(ExplanationOptions, {name: text for name, text in texts.items() if name in OWN_OPTIONS})
    return values_of_texts(Options, texts) | own


def _refuse(names: Iterable[str], sent: Mapping[str, object], what: str) -> None:
    if without_effect := [name for name in names if name in sent]:
        raise InvalidOption(f"{without_effect[0]} has no effect on {what}; leave out one of the two.")
