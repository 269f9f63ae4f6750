"""The bench of recall: see `--help` and docs/recall.md."""
