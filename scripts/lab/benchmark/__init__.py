"""scripts/bench: its measurements, tables and charts."""
