"""`yingda model ...`."""
