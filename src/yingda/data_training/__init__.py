"""Verified questions, their approval, and what users thought of answers."""
