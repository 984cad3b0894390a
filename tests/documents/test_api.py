"""docs/api.md says what the code does: what it says is refused together is refused, and nothing else."""

import re
from itertools import combinations

import pytest
from focal.api.request import parse_request
from focal.errors import FocalError

from tests.conftest import ROOT

IMAGE = "/9j/4AAQ"  # as much of a JPEG as parsing looks at
# What can be sent, as the document names it; and what each needs beside it, to count at all.
SENT = {
    "strength": 0.1,
    "bokeh": "gaussian",
    "mask=refined": "refined",
    "mask=classic": "classic",
    "mask=none": "none",
    "people=off": "off",
    "target": 281,
    "point": [0.5, 0.5],
    "points": [[0.5, 0.5]],
    "depth=flat": "flat",
    "depthNear": "black",
    "focus": 0.5,
    "grain=false": False,
    "fallback=always": "always",
    "fallback=never": "never",
    "output=cutout": "cutout",
    "output=mask": "mask",
    "background": "#fff",
    "format": "png",
    "quality": 50,
    "metadata=basic": "basic",
    "maxSide": 64,
    "maskImage": IMAGE,
    "depthImage": IMAGE,
    "fields": ["class"],
}
NEEDED = {"depthNear": "depthImage", "background": "output=cutout"}
TABLE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("| together with |", 1)[1].split("\n\n", 1)[0]


def field(name: str) -> str:
    return name.partition("=")[0]


def is_refused(*names: str) -> bool:
    values = {field(name): SENT[name] for name in names}
    try:
        parse_request({"body": {"img": IMAGE, **values}}, {"Content-Type": "application/json"})
    except FocalError:
        return True
    return False


def test_what_is_refused_together_is_in_the_table_and_nothing_else() -> None:
    rows = [re.findall(r"`([^`]+)`", line) for line in TABLE.splitlines()[2:]]
    told = {frozenset((row[0], name)) for row in rows for name in row[1:]}
    found = set()
    for pair in combinations(SENT, 2):
        needed = [NEEDED[name] for name in pair if name in NEEDED and field(NEEDED[name]) not in map(field, pair)]
        apart = field(pair[0]) != field(pair[1]) and not any(is_refused(name, *needed) for name in pair)
        if apart and is_refused(*pair, *needed):
            found.add(frozenset(pair))
    assert found == told


@pytest.mark.parametrize("name", SENT)
def test_each_alone_is_taken_with_what_it_needs(name: str) -> None:
    assert not is_refused(name, *([NEEDED[name]] if name in NEEDED else []))
    assert is_refused(name) == (name in NEEDED)
