from pathlib import Path

import pytest
from tests.text_to_sql.engines import ENGINES
from tests.text_to_sql.schemas import clinic_file

from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.verify_model import Finding, verify_model

WRONG = """
name: clinic
dialect: sqlite
tables:
- name: visits
  source: clinic_visits
  primary_key: [patient_id]
  dimensions:
  - {name: status, expr: status_code, values: [done], has_all_values: true}
  - {name: colour, expr: colour}
- {name: nurses, source: nurses}
- {name: doctors, source: doctors}
relationships:
- {name: doctor, left: visits, right: doctors, columns: {doctor_id: id}}
- {name: backwards, left: doctors, right: visits, columns: {id: doctor_id}}
verified_queries:
- {name: secret, question: Who, sql: SELECT password FROM patients}
"""


async def test_finds_what_is_not_so(tmp_path: Path):
    model = model_from_yaml(WRONG)
    async with open_database(clinic_file(tmp_path / "clinic.sqlite"), DatabaseConfig()) as database:
        assert await verify_model(model, database) == (
            Finding(place="tables.visits.colour", reason="no such column: colour"),
            Finding(place="tables.visits.primary_key", reason="two rows have the same key"),
            Finding(
                place="tables.visits.status.values", reason="'open' is not among them", severity="warning"
            ),
            Finding(place="tables.nurses.source", reason="no such table: nurses"),
            Finding(
                place="relationships.doctor.is_optional",
                reason="rows of visits have no row of doctors",
                severity="warning",
            ),
            Finding(
                place="relationships.backwards.cardinality", reason="visits has several rows for one key"
            ),
            Finding(
                place="relationships.backwards.is_optional",
                reason="rows of doctors have no row of visits",
                severity="warning",
            ),
            Finding(place="verified_queries.secret", reason="the model has no table patients"),
        )


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_finds_nothing_wrong_with_a_draft(clinic_url: str):
    model = await draft_model(clinic_url)
    async with open_database(clinic_url, DatabaseConfig()) as database:
        assert await verify_model(model, database) == ()
