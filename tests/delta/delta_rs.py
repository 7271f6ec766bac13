"""Does something to a table by delta-rs, and prints JSON: delta_rs.py ACTION TABLE STORAGE_OPTIONS [SELECT [WHERE] | ID…]."""

import json
import sys

from arro3.core import Array, DataType, Table
from deltalake import DeltaTable, QueryBuilder, write_deltalake

action, path, storage, *rest = sys.argv[1:]
options = json.loads(storage)


def table() -> Table:
    ids = [int(id) for id in rest]
    days = [None if id % 3 == 0 else f"2026-01-0{id % 3}" for id in ids]
    return Table.from_pydict({"day": Array(days, DataType.string()), "id": Array(ids, DataType.int64())})


if action == "create":
    write_deltalake(path, table(), partition_by=["day"], storage_options=options)
elif action == "append":
    write_deltalake(path, table(), mode="append", storage_options=options)
elif action == "cut":
    delta = DeltaTable(path, storage_options=options)
    delta.create_checkpoint()
    print(json.dumps(delta.version()))
elif action == "rows":
    delta = DeltaTable(path, storage_options=options)
    names = ", ".join(str(i + 1) for i in range(len(rest[0].split(","))))
    where = f"where {rest[1]}" if len(rest) > 1 else ""
    found = QueryBuilder().register("t", delta).execute(f"select {rest[0]} from t {where} order by {names}").read_all()
    columns = [found.column(i).to_pylist() for i in range(found.num_columns)]
    print(json.dumps({"version": delta.version(), "rows": list(zip(*columns))}))
