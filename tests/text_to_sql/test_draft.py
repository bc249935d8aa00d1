from pathlib import Path

import pytest
from tests.text_to_sql.schemas import clinic_file

from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.load import model_from_yaml, yaml_from_model
from yingda.text_to_sql.model import SemanticModel


@pytest.fixture
async def clinic(tmp_path: Path) -> SemanticModel:
    return await draft_model(clinic_file(tmp_path / "clinic.sqlite"))


async def test_joins_tables_without_declared_keys(clinic: SemanticModel):
    assert [
        (one.name, one.left, one.right, one.columns, one.is_optional) for one in clinic.relationships
    ] == [
        ("clinic_visits_patients", "clinic_visits", "patients", (("patient_id", "patient_id"),), False),
        ("clinic_visits_doctors", "clinic_visits", "doctors", (("doctor_id", "id"),), True),
    ]


async def test_tells_measures_from_identifiers_and_scores(clinic: SemanticModel):
    visits = clinic.table("clinic_visits")
    assert [(one.name, one.aggregation, one.label) for one in visits.measures] == [
        ("sum_fee_amount", "sum", "total fee amount")
    ]
    assert {one.name: one.is_key for one in visits.dimensions} == {
        "visit_id": True,
        "patient_id": True,
        "doctor_id": True,
        "status_code": False,
        "fee_amount": False,
        "severity_score": False,
    }


async def test_knows_times_titles_and_words(clinic: SemanticModel):
    visits, doctors = clinic.table("clinic_visits"), clinic.table("doctors")
    status = next(one for one in visits.dimensions if one.name == "status_code")
    assert (visits.label, visits.synonyms, visits.default_time, visits.row_count) == (
        "clinic visits",
        ("clinic visit", "visit", "visits"),
        "visit_date",
        4,
    )
    assert (status.synonyms, status.values, status.has_all_values) == (
        ("clinic visit status code", "status", "clinic visit status"),
        ("done", "open"),
        True,
    )
    assert (doctors.title, doctors.dimensions[-1].expr) == ("full_name", "first_name || ' ' || last_name")


async def test_keeps_secrets_out(clinic: SemanticModel):
    password = next(one for one in clinic.table("patients").dimensions if one.name == "password")
    assert (password.is_private, password.values) == (True, ())


async def test_comes_back_from_its_own_text(clinic: SemanticModel):
    assert model_from_yaml(yaml_from_model(clinic)) == clinic
