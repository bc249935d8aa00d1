"""What the commands about intents do; `cli.py` reads their arguments."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from yingda.understanding.artefact import Artefact, load, save
from yingda.understanding.classifier import TrainingConfig
from yingda.understanding.examples import examples_from_file
from yingda.understanding.intents import reader
from yingda.understanding.live import rules_beside
from yingda.understanding.own_rules import own_rules_from_file
from yingda.understanding.rules import INTENTS
from yingda.understanding.shipped import CONFIG, intent_examples, intent_model
from yingda.understanding.training import trained
from yingda.understanding.trial import Trial, trial_of

_SHOWN_CONFUSIONS = 10


def train_intents(file: Path, out: Path, extends: bool, console: Console) -> None:
    """Train on the file, write the model to `out`, print how well labels it had not seen were told apart.

    `extends` adds the examples that the package brings along. Where all labels are the product's own, the
    model weighs what its rules see as well.
    """
    examples = examples_from_file(file)
    if extends:
        examples = tuple(dict.fromkeys((*examples, *intent_examples())))
    is_own = {label for _, label in examples} <= set(INTENTS)
    artefact, trial = trained(file.stem, examples, CONFIG if is_own else TrainingConfig())
    save(artefact, out)
    _show(trial, f"Cross-validated on {len(examples)} examples", console)
    console.print(_said(artefact), highlight=False, soft_wrap=True)
    console.print(f"written to {out.with_suffix('.npz')} and {out.with_suffix('.json')}", soft_wrap=True)


def test_intents(file: Path, model: Path | None, console: Console) -> None:
    """Read each message of the file as the server would, rules and model together, and print the scores.

    Labels that are not the product's own are tested against the model alone.
    """
    examples = examples_from_file(file)
    artefact = load(model) if model else intent_model()
    rules = own_rules_from_file(rules_beside(model)) if model else ()
    read = reader(artefact.model, rules)
    right = [label for _, label in examples]
    if set(artefact.model.labels) <= set(INTENTS):
        given = [read(text).intent for text, _ in examples]
    else:
        given = [artefact.model.predict(text).label for text, _ in examples]
    _show(trial_of(right, given), f"{len(examples)} messages read by {artefact.card.name}", console)


def _said(artefact: Artefact) -> str:
    return artefact.card.said(len(artefact.model.labels))


def _show(trial: Trial, title: str, console: Console) -> None:
    table = Table("label", "precision", "recall", "F1", "count", title=title)
    for score in trial.labels:
        figures = (f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}", str(score.count))
        table.add_row(score.label, *figures)
    console.print(table)
    console.print(f"accuracy {trial.accuracy:.3f}, macro-F1 {trial.macro_f1:.3f}", highlight=False)
    for right, given, count in trial.confusions[:_SHOWN_CONFUSIONS]:
        console.print(f"{count:>4}  {right} taken for {given}", markup=False, highlight=False)
