import pytest

from yingda.text_to_sql.load import ModelInvalid, model_from_yaml

GOOD = """
name: clinic
dialect: sqlite
tables:
- name: visits
  source: clinic_visits
  dimensions:
  - {name: status, expr: status_code, values: [done, 1], value_synonyms: {done: [finished, 已完成]}}
  measures:
  - {name: fees, expr: fee_amount, aggregation: sum}
metrics:
- {name: fee_share, expr: visits.fees / visits.fees}
"""


def test_reads_values_as_text_and_names_for_them():
    status = model_from_yaml(GOOD).tables[0].dimensions[0]
    assert (status.values, status.value_synonyms) == (
        ("done", "1"),
        (("done", "finished"), ("done", "已完成")),
    )


def test_changes_its_version_with_its_text():
    assert model_from_yaml(GOOD).version != model_from_yaml(GOOD + "label: x\n").version


def test_names_every_wrong_key_with_its_place():
    with pytest.raises(ModelInvalid) as caught:
        model_from_yaml(GOOD.replace("aggregation: sum", "agregation: sum"))
    assert caught.value.problems == (
        "tables.0.measures.0.aggregation: Field required",
        "tables.0.measures.0.agregation: no such key here; did you mean 'aggregation'?",
    )


def test_names_what_points_nowhere():
    broken = GOOD.replace("/ visits.fees", "/ visits.fee") + (
        "relationships:\n- {name: r, left: visits, right: people, columns: {a: b}}\n"
    )
    with pytest.raises(ModelInvalid) as caught:
        model_from_yaml(broken.replace("expr: fee_amount", "expr: fee_amount +"))
    assert [one.split("expression: ")[0] for one in caught.value.problems] == [
        "tables.visits.fees: not an SQL ",
        "relationships.r: there is no table 'people'",
        "metrics.fee_share: there is no measure 'visits.fee'",
    ]


def test_says_that_a_text_is_no_yaml():
    with pytest.raises(ModelInvalid, match="not YAML"):
        model_from_yaml("a: [")
