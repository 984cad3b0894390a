"""scripts/ops and its end of the socket in scripts/serve."""
