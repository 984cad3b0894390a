"""scripts/bench: what it measures and how it says so."""
