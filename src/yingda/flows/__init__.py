"""Staged dialogues as data: slots to fill, stages to pass, and a pure machine that moves between them."""
