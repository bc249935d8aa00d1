from tests.text_to_sql.engines import (  # noqa: F401  (fixtures)
    clinic_url,
    duckdb_clinic,
    mysql_clinic,
    postgres_clinic,
    reader_url,
    sqlite_clinic,
)
