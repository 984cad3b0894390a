"""The floor of the network's time: its arithmetic and its weights, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from focal.network import backbones
from lab.benchmark import machine_floor
from lab.benchmark.machine_floor import MachineRates, measure, network_cost, network_floor_s

ALEXNET = backbones.find("alexnet")


def alexnet_forward_flops(height: int, width: int) -> int:
    """Two operations for each weight of each place, from the layers' shapes (Krizhevsky 2014)."""
    h, w = ((side + 4 - 11) // 4 + 1 for side in (height, width))
    flops = 2 * 3 * 64 * 121 * h * w
    h, w = (h - 1) // 2, (w - 1) // 2
    flops += 2 * 64 * 192 * 25 * h * w
    h, w = (h - 1) // 2, (w - 1) // 2
    flops += 2 * (192 * 384 + 384 * 256 + 256 * 256) * 9 * h * w
    return flops + 2 * (9216 * 4096 + 4096 * 4096 + 4096 * 1000)


def test_alexnets_arithmetic_is_that_of_its_layers_by_hand() -> None:
    cost = network_cost(ALEXNET, (256, 320))
    mask, rows = 2 * alexnet_forward_flops(256, 320), 2 * 2 * (9216 * 4096 + 4096 * 4096 + 4096 * 1000)
    assert cost.flops + cost.mask_flops == alexnet_forward_flops(224, 224) + mask
    assert cost.mask_flops == mask - rows


def test_the_weights_are_read_once_each_way_but_the_last_layer_only_forwards() -> None:
    with torch.device("meta"):
        network: Any = ALEXNET.build()
    everything, last = (sum(4 * p.numel() for p in part.parameters()) for part in (network, network.classifier[-1]))
    assert network_cost(ALEXNET).weight_bytes == 2 * everything - last


@pytest.mark.parametrize("name", backbones.names())
def test_a_batch_shares_the_weights_and_nothing_else(name: str) -> None:
    backbone = backbones.find(name)
    cost = network_cost(backbone)
    rates = MachineRates(bytes_per_s=1e10, flops_per_s=1e11, mask_flops_per_s=2e11)
    each_s = cost.flops / 1e11 + cost.mask_flops / 2e11
    assert network_floor_s(backbone, rates, 1) == pytest.approx(cost.weight_bytes / 1e10 + each_s)
    assert network_floor_s(backbone, rates, 8) == pytest.approx(cost.weight_bytes / 1e10 + 8 * each_s)


def test_in_float32_all_operations_count_the_same() -> None:
    rates = MachineRates(bytes_per_s=1e10, flops_per_s=1e11, mask_flops_per_s=2e11)
    cost = network_cost(ALEXNET)
    in_float32_s = cost.weight_bytes / 1e10 + (cost.flops + cost.mask_flops) / 1e11
    assert network_floor_s(ALEXNET, rates.in_float32, 1) == pytest.approx(in_float32_s)


def test_where_bfloat16_is_imitated_a_masks_convolutions_count_as_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_floor, "MEASURE_S", 0.02)
    monkeypatch.setattr(machine_floor, "is_native", lambda capabilities: False)
    rates = measure(1)
    assert rates == rates.in_float32


def test_the_rates_are_positive_and_the_thread_count_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_floor, "MEASURE_S", 0.02)
    before = torch.get_num_threads()
    rates = measure(2)
    assert torch.get_num_threads() == before
    assert 1e8 < rates.bytes_per_s < 1e13
    assert 1e8 < rates.flops_per_s < 1e14
