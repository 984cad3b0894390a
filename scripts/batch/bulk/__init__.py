"""scripts/bulk: all photos of a folder or a bucket, each exactly once."""
