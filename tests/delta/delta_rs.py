"""Does something to a table by delta-rs, and prints JSON: delta_rs.py ACTION TABLE [ID…]."""

import json
import sys

from arro3.core import Array, DataType, Table
from deltalake import DeltaTable, QueryBuilder, write_deltalake

action, path, *ids = sys.argv[1:]


def table() -> Table:
    return Table.from_pydict({
        "day": Array([None if int(i) % 3 == 0 else f"2026-01-0{int(i) % 3}" for i in ids], DataType.string()),
        "id": Array([int(i) for i in ids], DataType.int64()),
    })


if action == "create":
    write_deltalake(path, table(), partition_by=["day"])
elif action == "append":
    write_deltalake(path, table(), mode="append")
elif action == "cut":
    delta = DeltaTable(path)
    delta.create_checkpoint()
    print(json.dumps(delta.version()))
elif action == "rows":
    delta = DeltaTable(path)
    found = QueryBuilder().register("t", delta).execute("select day, id from t order by id").read_all()
    columns = [found.column(name).to_pylist() for name in ("day", "id")]
    print(json.dumps({"version": delta.version(), "rows": list(zip(*columns))}))
