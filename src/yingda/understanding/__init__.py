"""Reading a message without a model: what it wants, how it feels, what it refers to."""
