"""Train the models that the package brings along, from the examples it brings along."""

from __future__ import annotations

from yingda.understanding.artefact import save
from yingda.understanding.shipped import CONFIG, FOLDER, emotion_examples, intent_examples
from yingda.understanding.training import trained


def main() -> None:
    """Write both models beside their examples, and print how they did in cross-validation."""
    for name, examples in (("intents", intent_examples()), ("emotion", emotion_examples())):
        artefact, _ = trained(name, examples, CONFIG)
        save(artefact, FOLDER / "models" / f"{name}.npz")
        print(artefact.card.said(len(artefact.model.labels)))


if __name__ == "__main__":
    main()
