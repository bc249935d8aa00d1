import pytest

from yingda.text_to_sql.load import ModelInvalid, model_from_yaml, policies_from_yaml
from yingda.text_to_sql.policy import ColumnPolicy, Policies, RowPolicy

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


POLICIES = """
rows:
- {name: own visits, table: visits, condition: "doctor_id = :user_id"}
columns:
- {name: fees are secret, table: visits, columns: fee_amount}
exempt_roles: [admin]
"""


def test_reads_who_may_see_what():
    assert policies_from_yaml(POLICIES, model_from_yaml(GOOD)) == Policies(
        rows=(RowPolicy(name="own visits", table="visits", condition="doctor_id = :user_id"),),
        columns=(ColumnPolicy(name="fees are secret", table="visits", columns=("fee_amount",)),),
        exempt_roles=frozenset({"admin"}),
    )


def test_names_what_no_policy_can_mean():
    broken = POLICIES.replace(":user_id", ":age").replace("table: visits, columns", "table: people, columns")
    with pytest.raises(ModelInvalid) as caught:
        policies_from_yaml(broken, model_from_yaml(GOOD))
    assert caught.value.problems == (
        "fees are secret: there is no table 'people'",
        "own visits: a principal has no 'age', only tenant, user_id, key_id",
    )
