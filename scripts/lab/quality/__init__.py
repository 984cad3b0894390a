"""Masks compared with reference masks, for scripts/evaluate and docs/quality.md."""
