"""A small model from a few examples: what it says, and that training twice says it again."""

from __future__ import annotations

import pytest

from yingda.errors import InvalidRequest
from yingda.understanding.artefact import Artefact, Card, load, save
from yingda.understanding.classifier import TrainingConfig, train
from yingda.understanding.examples import examples_from_file, near_duplicates
from yingda.understanding.shipped import CONFIG, emotion_model, intent_examples, intent_model
from yingda.understanding.training import trained
from yingda.understanding.trial import LabelScore, Trial, auroc, trial_of

EXAMPLES = tuple(
    (f"{start} {thing} {end}", label)
    for label, things in {"fruit": ("apple", "苹果", "pear"), "tool": ("hammer", "锤子", "saw")}.items()
    for thing in things
    for start in ("buy a", "where is my", "我要")
    for end in ("please", "now")
)


def test_tells_labels_apart_and_knows_what_is_strange():
    model, _ = train(EXAMPLES)
    known, strange = model.predict("give me the hammer"), model.predict("zzzz")
    assert (known.label, known.confidence > 0.7, known.familiarity > strange.familiarity) == (
        "tool",
        True,
        True,
    )
    assert sum(model.probabilities("苹果").values()) == pytest.approx(1.0)


def test_training_twice_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        save(trained("fruit", EXAMPLES)[0], tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_saved_model_reads_as_it_did(tmp_path):
    artefact, _ = trained("fruit", EXAMPLES, TrainingConfig(cue_weight=1.0))
    save(artefact, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.card == artefact.card
    assert again.model.probabilities("a new saw") == artefact.model.probabilities("a new saw")


def test_files_of_two_trainings_are_refused(tmp_path):
    artefact, _ = trained("fruit", EXAMPLES)
    save(artefact, tmp_path / "model.npz")
    (tmp_path / "model.npz").write_bytes(b"other")
    with pytest.raises(InvalidRequest, match="not of one training"):
        load(tmp_path / "model.npz")


def test_what_ships_was_trained_on_what_ships():
    artefact, _ = trained("intents", intent_examples(), CONFIG)
    assert intent_model().card == artefact.card
    assert emotion_model().card.accuracy > 0.9
    counts = {label: sum(each == label for _, each in intent_examples()) for label in artefact.model.labels}
    assert min(counts.values()) >= 150


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,category\nhi,a\nbye,b\n"),
        ("a.csv", "hi,a\nbye,b\nhi,a\n"),
        ("a.jsonl", '{"text": "hi", "label": "a"}\n\n{"text": "bye", "intent": "b"}\n'),
        ("a.yaml", "a: [hi]\nb: |\n  bye\n"),
    ],
)
def test_reads_examples_as_people_write_them(tmp_path, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    assert examples_from_file(tmp_path / name) == (("hi", "a"), ("bye", "b"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "hi", "csv, jsonl or yaml"),
        ("a.jsonl", "{oops", "not a list of texts"),
        ("a.csv", "hi,a\n", "at least two labels"),
        ("a.yaml", "- hi\n", "not a list of texts"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InvalidRequest, match=message):
        examples_from_file(tmp_path / name)


def test_scores_and_confusions():
    assert trial_of(["a", "a", "b"], ["a", "b", "b"]) == Trial(
        accuracy=2 / 3,
        macro_f1=pytest.approx(2 / 3),
        labels=(
            LabelScore(label="a", precision=1.0, recall=0.5, f1=pytest.approx(2 / 3), count=2),
            LabelScore(label="b", precision=0.5, recall=1.0, f1=pytest.approx(2 / 3), count=1),
        ),
        confusions=(("a", "b", 1),),
    )
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875


def test_near_duplicates_are_found():
    assert near_duplicates(["我的订单在哪里呀", "别的"], ["我的订单在哪里", "转人工"]) == [
        ("我的订单在哪里呀", "我的订单在哪里")
    ]


def test_a_card_in_words():
    card = Card(name="x", examples=3, digest="ab", accuracy=0.5, macro_f1=0.25)
    artefact = Artefact(model=train(EXAMPLES)[0], card=card)
    assert artefact.card.said(2) == "x ab: 2 labels, 3 examples, accuracy 0.500, macro-F1 0.250"
