"""`yingda intents train` and `test`: what they write and say."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from yingda.intent_commands import test_intents as run_test
from yingda.intent_commands import train_intents as run_train
from yingda.understanding.artefact import load

EXAMPLES = """\
text,label
when do you open,hours
are you open on sunday,hours
几点开门,hours
周末几点关门,hours
book a table for two,booking
I want to book a table,booking
帮我订座,booking
帮我订个位子,booking
"""


def said(run):
    console = Console(file=StringIO(), width=120)
    run(console)
    return console.file.getvalue()


def test_trains_what_it_then_tests(tmp_path):
    file, out = tmp_path / "mine.csv", tmp_path / "var" / "model.npz"
    file.write_text(EXAMPLES, "utf-8")
    trained = said(lambda console: run_train(file, out, False, console))
    assert "Cross-validated on 8 examples" in trained
    assert "mine" in trained.splitlines()[-2]
    assert load(out).card.examples == 8
    assert "accuracy 1.000, macro-F1 1.000" in said(lambda console: run_test(file, out, console))


def test_own_intents_extend_what_ships(tmp_path):
    file = tmp_path / "more.yaml"
    file.write_text("ticket: [帮我登记投影仪故障]\nchitchat: [哟呵]\n", "utf-8")
    run = said(lambda console: run_train(file, tmp_path / "model.npz", True, console))
    assert load(tmp_path / "model.npz").card.examples > 1000
    assert "transfer_to_human" in run


def test_the_shipped_model_is_tested_with_the_rules(tmp_path):
    file = tmp_path / "said.jsonl"
    file.write_text(
        '{"text": "我的订单到哪了", "label": "business_query"}\n{"text": "你好", "label": "chitchat"}\n',
        "utf-8",
    )
    assert "accuracy 1.000" in said(lambda console: run_test(file, None, console))
