"""scripts/bulk: a folder or bucket of photos, each once."""
