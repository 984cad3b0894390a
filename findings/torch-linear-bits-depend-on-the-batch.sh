#!/usr/bin/env bash
# torch 2.14.1 on a CPU: a row's result depends on how many rows are in the batch.
# Versions: torch 2.14.1, numpy 2.4.6.
# Expected: a linear layer works on each row for itself, so a row gives the same bits alone and in company, as the
# convolutions of the same network do on the same machine.
# Seen: float32 and one thread; of two rows or more the first differs from the same row alone in its last bits, and
# differs again with four: other kernels of the matrix library add in another order. So a server that gathers photos into
# batches answers the same photo with other bits, by who else asked at that moment. Which bits a processor gives may
# differ between processors; that they depend on the batch was seen on an AMD EPYC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch

torch.manual_seed(0)
torch.set_num_threads(1)
convolution, linear = torch.nn.Conv2d(64, 192, 5, padding=2), torch.nn.Linear(4096, 1000)
pictures, rows = torch.randn(8, 64, 27, 27), torch.randn(8, 4096)
differences = {}
with torch.inference_mode():
    for name, layer, values in (("convolution", convolution, pictures), ("linear", linear, rows)):
        alone = layer(values[:1])
        differences[name] = [float((layer(values[:n])[:1] - alone).abs().max()) for n in (2, 4, 8)]
        print(f"{name}: the first of 2, 4, 8 rows less the same row alone: at most", *differences[name])
sys.exit(0 if any(differences["linear"]) and not any(differences["convolution"]) else "changed")
PYTHON
