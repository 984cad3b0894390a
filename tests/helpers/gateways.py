"""A real nginx as the gateway, before whatever a test puts in TorchServe's place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.gateway import Gateway
from server.gateway_settings import GatewaySettings
from server.ports import free_ports


@contextmanager
def gateway_folder() -> Iterator[Path]:
    """A folder that nginx's unprivileged workers may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="focal-gateway-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def gateway_that_allows(*origins: str, upstream: str, inference_key: str, management_key: str) -> Iterator[str]:
    """The address of a gateway that allows pages of these origins. upstream: TorchServe's host and port."""
    port, metrics_port = free_ports(2)
    with gateway_folder() as folder:
        settings = GatewaySettings(
            inference_key=inference_key,
            management_key=management_key,
            port=port,
            metrics_port=metrics_port,
            inference_address=upstream,
            cors_origins=origins,
            access_log=str(folder / "access.log"),
        )
        gateway = Gateway(settings, folder)
        gateway.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            gateway.stop()
