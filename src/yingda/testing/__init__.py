"""Real implementations of our ports for tests, ours and those of agent authors.

`model_server` is left out of this front door: it brings a web server along.
"""

from yingda.testing.builders import collect, turn
from yingda.testing.clock import FrozenClock
from yingda.testing.scripted_model import ScriptedModel

__all__ = ["FrozenClock", "ScriptedModel", "collect", "turn"]
