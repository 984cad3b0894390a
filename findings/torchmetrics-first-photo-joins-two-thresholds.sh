#!/usr/bin/env bash
# torchmetrics 1.9.0: of two metrics with different thresholds in a collection one takes the other's, for good, if the first
# photo scores the same by both.
# Versions: torchmetrics 1.9.0, torch 2.14.1, numpy 2.4.6.
# Expected: MetricCollection gives what each of its metrics gives alone, in whichever order the photos come.
# Seen: after the first photo it compares what its metrics have counted. Where that is equal, as it is for a mask of 0 and 1
# and every threshold, they are counted together from then on, by the threshold of one of them: a network's F1 at .5 and at .9
# are one number for all photos that follow, and which of the two depends on their names. With a soft mask first both are
# right. compute_groups=False avoids it. (Upstream knows of relatives: issues 2596 and 2916, both closed, tell of metrics of
# other kinds that are joined; these two are its own.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torchmetrics==1.9.0 torch==2.14.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
from torchmetrics import MetricCollection
from torchmetrics.classification import BinaryF1Score

random = torch.Generator().manual_seed(0)
truth = (torch.rand(64, 64, generator=random) > 0.5).long()
certain = truth.float()  # a mask that is right, and sure of it
soft = torch.rand(64, 64, generator=random)


def scores(masks, names, **options):
    """F1 at .5 and at .9, in a collection of these two names, over the photos in this order."""
    collection = MetricCollection({names[0]: BinaryF1Score(0.5), names[1]: BinaryF1Score(0.9)}, **options)
    for mask in masks:
        collection.update(mask, truth)
    found = collection.compute()
    return tuple(round(float(found[name]), 3) for name in names)


def alone(threshold):
    metric = BinaryF1Score(threshold)
    for mask in (certain, soft):
        metric.update(mask, truth)
    return round(float(metric.compute()), 3)


right = alone(0.5), alone(0.9)
seen = {
    "each alone": right,
    "soft mask first": scores((soft, certain), ("a", "b")),
    "certain mask first": scores((certain, soft), ("a", "b")),
    "certain mask first, other names": scores((certain, soft), ("b", "a")),
    "certain mask first, compute_groups=False": scores((certain, soft), ("a", "b"), compute_groups=False),
}
for name, (low, high) in seen.items():
    print(f"{name}: F1 at .5 is {low}, at .9 {high}")
holds = (
    abs(right[0] - right[1]) > 0.02
    and seen["soft mask first"] == seen["certain mask first, compute_groups=False"] == right
    and seen["certain mask first"] == (right[0], right[0])
    and seen["certain mask first, other names"] == (right[1], right[1])
)
sys.exit(0 if holds else "changed")
PYTHON
