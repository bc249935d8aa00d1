import pytest

from yingda.text_to_sql.dbt import model_from_dbt
from yingda.text_to_sql.load import ModelInvalid, model_from_yaml, yaml_from_model
from yingda.text_to_sql.model import Metric, Relationship

PROJECT = """
semantic_models:
- name: trips
  model: ref('fct_trips')
  defaults: {agg_time_dimension: started_at}
  entities:
  - {name: trip, type: primary, expr: trip_id}
  - {name: rider, type: foreign, expr: rider_id}
  dimensions:
  - {name: started_at, type: time, type_params: {time_granularity: day}}
  - {name: bike, type: categorical, expr: bike_kind}
  measures:
  - {name: trip_count, agg: count, expr: trip_id}
  - {name: fares, agg: sum, expr: fare}
  - {name: p95_fare, agg: percentile, expr: fare}
- name: riders
  model: source('raw', 'riders')
  entities: [{name: rider, type: primary, expr: id}]
metrics:
- {name: revenue, type: simple, label: Revenue, type_params: {measure: fares}}
- {name: trips_made, type: simple, type_params: {measure: {name: trip_count}}}
- {name: fare_per_trip, type: ratio, type_params: {numerator: revenue, denominator: trips_made}}
- {name: net, type: derived, type_params: {expr: revenue * 0.8, metrics: [revenue]}}
- {name: night_trips, type: simple, filter: "hour > 22", type_params: {measure: trip_count}}
- {name: so_far, type: cumulative, type_params: {measure: fares}}
"""


def test_reads_tables_joins_and_metrics():
    model = model_from_dbt([PROJECT], "bikes", "postgres").model
    assert ([one.source for one in model.tables], model.table("trips").default_time) == (
        ["fct_trips", "raw.riders"],
        "started_at",
    )
    assert model.relationships == (
        Relationship(
            name="trips_rider", left="trips", right="riders", columns=(("rider_id", "id"),), is_optional=True
        ),
    )
    assert model.metrics == (
        Metric(name="revenue", expr="trips.fares", label="Revenue"),
        Metric(name="trips_made", expr="trips.trip_count", label="trips made"),
        Metric(name="fare_per_trip", expr="(trips.fares) / (trips.trip_count)", label="fare per trip"),
        Metric(name="net", expr="(trips.fares) * 0.8", label="net"),
    )


def test_says_what_it_left_out():
    assert model_from_dbt([PROJECT], "bikes", "postgres").left_out == (
        "measure trips.p95_fare: aggregation percentile",
        "metric night_trips: it has a filter",
        "metric so_far: its type is cumulative",
    )


def test_writes_a_model_that_can_be_read():
    model = model_from_dbt([PROJECT], "bikes", "postgres").model
    assert model_from_yaml(yaml_from_model(model)) == model


def test_refuses_a_file_without_semantic_models():
    with pytest.raises(ModelInvalid, match="no semantic_models"):
        model_from_dbt(["version: 2"], "x", "postgres")
