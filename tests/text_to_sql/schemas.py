"""A small clinic, as SQL that every engine reads: what drafts, guards and engines are tried on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

CLINIC = """
CREATE TABLE doctors (
    id INTEGER PRIMARY KEY, first_name VARCHAR(40), last_name VARCHAR(40), ward VARCHAR(20));
CREATE TABLE patients (
    patient_id INTEGER PRIMARY KEY, patient_name VARCHAR(40), city VARCHAR(40), password VARCHAR(40));
CREATE TABLE clinic_visits (
    visit_id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL, doctor_id INTEGER,
    visit_date DATE, status_code VARCHAR(10), fee_amount DECIMAL(10, 2), severity_score INTEGER);
INSERT INTO doctors VALUES (1, 'Ann', 'Lee', 'north'), (2, 'Bo', 'Chan', 'south'), (3, 'Cy', 'Moss', 'north');
INSERT INTO patients VALUES (1, 'Ida', 'Bergen', 'x1'), (2, 'Jon', 'Oslo', 'x2'), (3, 'Kim', '上海', 'x3');
INSERT INTO clinic_visits VALUES
    (1, 1, 1, '2026-01-05', 'open', 100.50, 3), (2, 1, 2, '2026-01-20', 'done', 80.25, 5),
    (3, 2, NULL, '2026-02-03', 'done', 19.95, 1), (4, 3, 2, '2026-02-11', 'done', 300.00, 2);
"""


def clinic_file(path: Path) -> str:
    """A SQLite file with the clinic; returns its name."""
    connection = sqlite3.connect(path)
    connection.executescript(CLINIC)
    connection.close()
    return str(path)
