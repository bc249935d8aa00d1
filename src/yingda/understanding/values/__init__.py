"""The one normaliser of spoken and written values: numbers, money, times, plates, phones, cards, places."""

from yingda.understanding.values.speech import heard

__all__ = ["heard"]
