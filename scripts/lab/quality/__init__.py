"""Masks held against true ones, for scripts/evaluate and docs/quality.md."""
