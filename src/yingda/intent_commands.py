"""`yingda intent ...`."""
