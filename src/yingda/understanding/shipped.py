"""What the package brings along: examples of intents and of anger, and the models trained on them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yingda.understanding.artefact import Artefact, load
from yingda.understanding.classifier import Example, TrainingConfig
from yingda.understanding.examples import examples_from_file

FOLDER = Path(__file__).parent
ANGRY, CALM = "angry", "calm"

CONFIG = TrainingConfig(cue_weight=2.5)
"""The shipped models also weigh what the rules see."""


@cache
def intent_model() -> Artefact:
    """Tells the product's own intents apart."""
    return load(FOLDER / "models" / "intents.npz")


@cache
def emotion_model() -> Artefact:
    """Tells `ANGRY` from `CALM`."""
    return load(FOLDER / "models" / "emotion.npz")


def intent_examples() -> tuple[Example, ...]:
    """What the intent model is trained on."""
    return examples_from_file(FOLDER / "examples" / "intents.yaml")


def emotion_examples() -> tuple[Example, ...]:
    """What the emotion model is trained on; those of the intents are angry or calm as well."""
    own = examples_from_file(FOLDER / "examples" / "emotion.yaml")
    others = (
        (text, ANGRY if label == "emotion_sensitive" else CALM)
        for text, label in intent_examples()
        if label != "unknown"
    )
    return tuple(dict.fromkeys((*own, *others)))
