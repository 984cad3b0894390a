"""Photos developed in this process, for scripts/focal and scripts/bulk."""
