"""Tickets: what cannot be settled in the conversation, until somebody settles it."""
