"""Measurements: benchmark, load, quality of masks, and the pictures and charts of the documents."""
