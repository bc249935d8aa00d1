"""The registry of documents: the truth that the index is a copy of."""
