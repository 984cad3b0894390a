"""The person segmenter's last layer, computed here: LiteRT takes a quarter of the time of a look for it.

It doubles the map (a transposed convolution of 2 × 2, two apart, to one channel), and turns logits into likelihoods.
LiteRT reckons sixteen channels for the one. Here it is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ...arrays import Floats
from .sigmoid import sigmoid

LAST_OPERATORS = (b"Convolution2DTransposeBias", schema.BuiltinOperator.LOGISTIC)


def without_last_layer(file: bytes) -> tuple[bytes, Callable[[Floats], Floats]]:
    """The person segmenter's file without its last layer, and that layer.

    The layer is a function of what the rest gives, float32 (1, h, w, C), to float32 (1, 2 h, 2 w, 1), 0..1.
    Raises ValueError if the file is no network that ends so.
    """
    try:
        network = schema.ModelT.InitFromPackedBuf(file, 0)
        graph = network.subgraphs[0]
        *graph.operators, doubling, sigmoid_of = graph.operators
        codes = (network.operatorCodes[operator.opcodeIndex] for operator in (doubling, sigmoid_of))
        ends = tuple(code.customCode or code.builtinCode for code in codes)
        graph.outputs, (weight, bias) = doubling.inputs[:1], (_weights(network, n) for n in doubling.inputs[1:])
    except Exception as error:  # the reader of these files raises a dozen kinds on other bytes
        raise ValueError("The network does not end as the person segmenter does.") from error
    if ends != LAST_OPERATORS or weight.shape[:3] != (1, 2, 2):
        raise ValueError("The network does not end as the person segmenter does.")
    builder = flatbuffers.Builder()
    builder.Finish(network.Pack(builder), b"TFL3")
    columns = np.ascontiguousarray(weight.reshape(4, -1).T)
    return bytes(builder.Output()), lambda x: sigmoid(_doubled(x, columns, bias))


def _weights(network: schema.ModelT, tensor: int) -> Floats:
    """What a tensor of the network holds; those of half precision come through an operator that widens them."""
    graph = network.subgraphs[0]
    [source] = (operator.inputs[0] for operator in graph.operators if tensor in operator.outputs)
    halves = np.frombuffer(bytes(network.buffers[graph.tensors[source].buffer].data), np.float16)
    return halves.astype(np.float32).reshape(graph.tensors[source].shape)


def _doubled(x: Floats, columns: Floats, bias: Floats) -> Floats:
    """Each place as the 2 × 2 that it becomes.   (1, h, w, C), (C, 4), (1,) -> float32 (1, 2 h, 2 w, 1)"""
    _, height, width, channels = x.shape
    four = x.reshape(-1, channels) @ columns + bias
    pairs = four.view(np.float64).reshape(height, width, 2)  # two neighbours of a row move as one
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).view(np.float32).reshape(1, 2 * height, 2 * width, 1)
