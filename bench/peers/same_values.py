"""Whether pyarrow, DuckDB and polars read the same values in two Parquet files: same_values.py A B, exit status 1 if not."""

import sys

import pyarrow.parquet as parquet

a, b = sys.argv[1:]
first, second = parquet.read_table(a), parquet.read_table(b)
for name in first.column_names:
    if not first[name].equals(second[name]) and first[name].to_pylist() != second[name].to_pylist():
        sys.exit(f"pyarrow reads other values in {name}")
try:
    import polars

    if not polars.read_parquet(a).equals(polars.read_parquet(b)):
        sys.exit("polars reads other values")
except ImportError:
    pass
try:
    import duckdb

    def sums(path):
        return [
            duckdb.sql(
                f"SELECT sum(hash(file_row_number || ' ' || coalesce(\"{name}\"::VARCHAR, '∅'))) "
                f"FROM read_parquet('{path}', file_row_number = true)"
            ).fetchall()
            for name in first.column_names
        ]

    if sums(a) != sums(b):
        sys.exit("DuckDB reads other values")
except ImportError:
    pass
