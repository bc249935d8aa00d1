import pytest

from yingda.text_to_sql.failures import SqlRefused
from yingda.text_to_sql.guard import Guard, Guarded
from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.policy import ColumnPolicy, Policies, RowPolicy, bind
from yingda.turns.types import Principal

MODEL = model_from_yaml("""
name: clinic
dialect: sqlite
tables:
- name: patients
  source: patients
  primary_key: [patient_id]
  dimensions:
  - {name: patient_name, expr: patient_name}
  - {name: city, expr: city}
  - {name: password, expr: password, is_private: true}
- name: visits
  source: clinic_visits
  dimensions:
  - {name: status, expr: status_code}
  measures:
  - {name: fees, expr: fee_amount, aggregation: sum}
- name: lines
  source: visit_lines
  dimensions:
  - {name: item, expr: item}
relationships:
- {name: visit_patient, left: visits, right: patients, columns: {patient_id: patient_id}, is_optional: true}
- {name: line_visit, left: lines, right: visits, columns: {visit_id: visit_id}}
""")
JON = Principal(tenant="acme", key_id="k", roles=frozenset({"chat"}), user_id="u'1")
POLICIES = Policies(
    rows=(RowPolicy(name="own rows", table="patients", condition="city = :user_id"),),
    columns=(ColumnPolicy(name="no names", table="patients", columns=("patient_name",)),),
)
guard = Guard(MODEL)


def test_runs_the_tree_and_not_the_text():
    assert guard.check("select /* hi */ count(*)  from clinic_visits -- there", row_cap=10) == Guarded(
        sql="SELECT COUNT(*) FROM clinic_visits",
        capped="SELECT COUNT(*) FROM clinic_visits LIMIT 11",
        tables=("visits",),
        columns=(),
    )


@pytest.mark.parametrize(
    ("sql", "capped"),
    [
        ("SELECT city FROM patients LIMIT 3", "LIMIT 3"),
        ("SELECT city FROM patients LIMIT 3000", "LIMIT 11"),
        ("SELECT status_code FROM clinic_visits UNION SELECT item FROM visit_lines", "visit_lines LIMIT 11"),
        ("SELECT item FROM visit_lines LIMIT 5 OFFSET 2", "LIMIT 5 OFFSET 2"),
        ("SELECT item FROM visit_lines LIMIT 2 + 3", "LIMIT 2 + 3) AS capped LIMIT 11"),
    ],
)
def test_pushes_the_cap_into_the_query(sql: str, capped: str):
    assert guard.check(sql, row_cap=10).capped.endswith(capped)


def test_shows_no_private_column_through_a_star():
    assert guard.check("SELECT * FROM patients").sql == (
        "SELECT * FROM (SELECT patient_name, city, patient_id FROM patients) AS patients"
    )


def test_binds_policies_as_literals_on_every_reference():
    bound = bind(POLICIES, JON, "sqlite")
    found = guard.check(
        "WITH a AS (SELECT * FROM patients) SELECT city FROM a UNION SELECT city FROM patients p", bound
    )
    mine = "(SELECT city, patient_id FROM patients WHERE city = 'u''1') AS"
    assert (found.sql, found.restricted) == (
        f"WITH a AS (SELECT * FROM {mine} patients) SELECT city FROM a UNION SELECT city FROM {mine} p",
        ("own rows", "no names"),
    )


def test_shows_nothing_to_who_lacks_what_a_policy_asks():
    nobody = Principal(tenant="acme", key_id="k", roles=frozenset({"chat"}))
    sql = guard.check("SELECT city FROM patients", bind(POLICIES, nobody, "sqlite")).sql
    assert sql == "SELECT city FROM (SELECT city, patient_id FROM patients WHERE FALSE) AS patients"


def test_exempts_a_role():
    policies = Policies(rows=POLICIES.rows, exempt_roles=frozenset({"chat"}))
    assert guard.check("SELECT city FROM patients", bind(policies, JON, "sqlite")).restricted == ()


def test_refuses_a_cte_in_the_place_of_a_table_that_a_policy_asks():
    policies = Policies(
        rows=(RowPolicy(name="r", table="patients", condition="city IN (SELECT item FROM visit_lines)"),)
    )
    with pytest.raises(SqlRefused, match="visit_lines is taken"):
        guard.check(
            "WITH visit_lines AS (SELECT 'Oslo' AS item) SELECT city FROM patients",
            bind(policies, JON, "sqlite"),
        )


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("SELECT password FROM patients", "private_column"),
        ("SELECT p.password FROM patients AS p", "private_column"),
        ("SELECT nickname FROM patients", "unknown_column"),
        ("SELECT x.city FROM patients", "unknown_table"),
        ("SELECT name FROM sqlite_master", "unknown_table"),
        ("SELECT 1; SELECT 2", "not_one_statement"),
        ("", "not_one_statement"),
        ("DELETE FROM patients", "not_a_query"),
        ("PRAGMA query_only = OFF", "not_a_query"),
        ("SELECT FROM WHERE", "parse_failed"),
        ("SELECT '\x00'", "parse_failed"),
        ("SELECT readfile('x')", "forbidden_function"),
        ("SELECT city FROM patients WHERE city = ?", "forbidden_clause"),
        ("SELECT city FROM patients AS p(a, b)", "forbidden_clause"),
        ("SELECT " + "+".join("1" * 4000), "too_large"),
        ("SELECT " + "1" * 21_000, "too_large"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "parse_failed"),
    ],
)
def test_names_the_rule(sql: str, rule: str):
    with pytest.raises(SqlRefused) as caught:
        guard.check(sql)
    assert caught.value.rule == rule


def test_refuses_sums_over_rows_that_a_join_repeats():
    with pytest.raises(SqlRefused) as caught:
        guard.check(
            "SELECT SUM(fee_amount) FROM clinic_visits v JOIN visit_lines l ON l.visit_id = v.visit_id"
        )
    assert (caught.value.rule, caught.value.message) == (
        "fan_out",
        "the join with lines repeats rows of visits, so SUM(fee_amount) would count them more than once",
    )


def test_lets_a_sum_through_that_is_grouped_by_the_many_side():
    sql = (
        "SELECT l.item, SUM(v.fee_amount) FROM clinic_visits AS v JOIN visit_lines AS l "
        "ON l.visit_id = v.visit_id GROUP BY l.item"
    )
    assert guard.check(sql).warnings == ()


def test_warns_of_rows_that_an_inner_join_loses():
    sql = "SELECT COUNT(*) FROM clinic_visits AS v {} JOIN patients AS p ON v.patient_id = p.patient_id"
    assert (guard.check(sql.format("")).warnings, guard.check(sql.format("LEFT")).warnings) == (
        ("rows of visits without a row of patients are left out",),
        (),
    )
