"""A small hire of bicycles, in SQL and as a model: what questions are read and compiled on."""

from __future__ import annotations

import sqlite3
from datetime import date

from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.types import Asked, Reading
from yingda.text_to_sql.value_index import ValueIndex, modelled_values

TODAY = date(2026, 6, 15)

RENTAL = """
CREATE TABLE district (district_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE station (station_id INTEGER PRIMARY KEY, name TEXT, district_id INTEGER, docks INTEGER);
CREATE TABLE rider (rider_id INTEGER PRIMARY KEY, name TEXT, plan TEXT, age INTEGER);
CREATE TABLE ride (
    ride_id INTEGER PRIMARY KEY, rider_id INTEGER, station_id INTEGER, started DATE, fee REAL, km REAL);
CREATE TABLE complaint (complaint_id INTEGER PRIMARY KEY, ride_id INTEGER, cause TEXT);
INSERT INTO district VALUES (1, 'Harbour'), (2, 'Hill');
INSERT INTO station VALUES (1, 'Pier', 1, 20), (2, 'Mole', 1, 10), (3, 'Peak', 2, 30), (4, 'Ridge', 2, 30);
INSERT INTO rider VALUES
    (1, 'Ann', 'gold', 30), (2, 'Bo', 'basic', 40), (3, 'Cy', 'basic', 20), (4, 'Ann', 'gold', 70);
INSERT INTO ride VALUES
    (1, 1, 1, '2025-05-10', 4, 2), (2, 1, 1, '2026-04-02', 6, 3), (3, 2, 2, '2026-05-03', 10, 8),
    (4, 2, 3, '2026-05-20', 5, 1), (5, 4, 3, '2026-05-21', 5, 4), (6, 4, 1, '2026-06-01', 7, NULL);
INSERT INTO complaint VALUES (1, 3, 'late'), (2, 3, 'rude'), (3, 4, 'late');
"""

MODEL = """
name: rental
dialect: sqlite
tables:
  - name: districts
    source: district
    label: 城区
    synonyms: [district]
    primary_key: [district_id]
    title: name
    dimensions:
      - {name: name, expr: name, label: 城区名, values: [Harbour, Hill], value_synonyms: [[Hill, 山区]]}
  - name: stations
    source: station
    label: 站点
    synonyms: [station]
    primary_key: [station_id]
    title: name
    dimensions:
      - {name: name, expr: name, label: 站点名称, synonyms: [station name], values: [Pier, Mole, Peak, Ridge]}
      - {name: docks, expr: docks, data_type: integer, label: 桩位数, synonyms: [docks]}
  - name: riders
    source: rider
    label: 骑手
    synonyms: [rider]
    primary_key: [rider_id]
    title: name
    dimensions:
      - {name: name, expr: name, label: 骑手姓名, synonyms: [rider name], values: [Ann, Bo, Cy]}
      - name: plan
        expr: plan
        label: 套餐
        synonyms: [plan]
        values: [gold, basic]
        value_synonyms: [[gold, 金卡]]
      - {name: age, expr: age, data_type: integer, label: 年龄, synonyms: [age]}
    measures:
      - {name: head_count, expr: rider_id, aggregation: count, label: 骑手数, synonyms: [head count]}
  - name: rides
    source: ride
    label: 骑行
    synonyms: [ride, trip]
    primary_key: [ride_id]
    default_time: started
    dimensions:
      - {name: distance, expr: km, data_type: number, label: 里程, synonyms: [distance]}
    time_dimensions:
      - {name: started, expr: started, label: 开始日期, synonyms: [start date]}
    measures:
      - {name: income, expr: fee, aggregation: sum, label: 收入, synonyms: [income]}
      - {name: trips, expr: ride_id, aggregation: count, label: 骑行次数, synonyms: [number of rides]}
    filters:
      - {name: long, expr: km > 3, label: 长途, synonyms: [long]}
  - name: complaints
    source: complaint
    label: 投诉
    synonyms: [complaint]
    primary_key: [complaint_id]
    dimensions:
      - {name: cause, expr: cause, label: 投诉原因, synonyms: [cause], values: [late, rude]}
relationships:
  - {name: station_district, left: stations, right: districts, columns: [[district_id, district_id]]}
  - {name: ride_rider, left: rides, right: riders, columns: [[rider_id, rider_id]]}
  - {name: ride_station, left: rides, right: stations, columns: [[station_id, station_id]]}
  - {name: complaint_ride, left: complaints, right: rides, columns: [[ride_id, ride_id]]}
metrics:
  - {name: income_per_ride, expr: rides.income / rides.trips, label: 单次收入, synonyms: [income per ride]}
  - name: income_per_rider
    expr: rides.income / riders.head_count
    label: 人均收入
    synonyms: [income per head]
verified_queries:
  - name: idle
    question: Which stations stood idle in May 2026?
    sql: SELECT 1
    approved_by: kim
  - {name: draft, question: "Which bikes are broken?", sql: SELECT 2}
"""

model = model_from_yaml(MODEL)
values: ValueIndex = modelled_values(model)


def asked(question: str) -> Reading:
    """What the question is read as on a fixed day."""
    return read(model, values, Asked(question=question, today=TODAY))


def rows(sql: str) -> list[tuple[object, ...]]:
    """What the statement gives over the rental's rows."""
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(RENTAL)
        return database.execute(sql).fetchall()
    finally:
        database.close()
