"""From labelled messages to a model with its card, and how it did on what it had not seen."""

from __future__ import annotations

from collections.abc import Sequence

from yingda.understanding.artefact import Artefact, Card
from yingda.understanding.classifier import DEFAULTS, Example, TrainingConfig, train
from yingda.understanding.examples import digest_of
from yingda.understanding.trial import Trial, trial_of


def trained(
    name: str, examples: Sequence[Example], config: TrainingConfig = DEFAULTS
) -> tuple[Artefact, Trial]:
    """The scores are cross-validated; the same examples in the same order give the same model."""
    model, held_out = train(examples, config)
    right = [label for _, label in examples]
    trial = trial_of(right, [model.labels[int(scores.argmax())] for scores in held_out])
    card = Card(
        name=name,
        examples=len(examples),
        digest=digest_of(examples),
        accuracy=round(trial.accuracy, 4),
        macro_f1=round(trial.macro_f1, 4),
    )
    return Artefact(model=model, card=card), trial
