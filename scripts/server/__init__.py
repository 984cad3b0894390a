"""A running Focal: nginx before TorchServe, started, watched and asked."""
