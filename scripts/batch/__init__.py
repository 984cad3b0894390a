"""Photos blurred without a server, for scripts/focal and scripts/bulk."""
