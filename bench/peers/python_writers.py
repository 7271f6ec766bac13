"""pyarrow, polars, DataFusion and ClickHouse as processes under comparison, where Python has them.

python_writers.py NAME '{"input": PATH, "rowGroupRows": N, "codec": NAME, "level": N, "repeats": N, "warmUpMs": N, "output": PATH or null}'

Prints one line of JSON: milliseconds of each run, but for those that began up to `warmUpMs` after the first one, of CPU time too, the bytes of the file, the peak of resident memory.
Two threads each, where they have threads.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time

os.environ["POLARS_MAX_THREADS"] = "2"
name, job = sys.argv[1], json.loads(sys.argv[2])
codec, level, rows = job["codec"], job.get("level") or 1, job["rowGroupRows"]
version2 = job.get("version") == "2.0"

import pyarrow as pa  # noqa: E402

table = pa.ipc.open_stream(job["input"]).read_all()
folder = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
target = os.path.join(folder, "out.parquet")


def with_pyarrow():
    import pyarrow.parquet as parquet

    pa.set_cpu_count(2)

    def write(path):
        parquet.write_table(
            table, path, row_group_size=rows, data_page_version="2.0" if version2 else "1.0",
            compression={"uncompressed": "none", "lz4_raw": "lz4"}.get(codec, codec),
            compression_level=level if codec == "zstd" else None,
            write_page_index=True, write_page_checksum=True,
        )

    return write


def with_polars():
    import polars

    frame = polars.from_arrow(table)
    compression = {"lz4_raw": "lz4"}.get(codec, codec)

    def write(path):
        frame.write_parquet(
            path, compression=compression, compression_level=level if codec == "zstd" else None,
            row_group_size=rows, statistics=True,
        )

    return write


def with_datafusion():
    from datafusion import ParquetWriterOptions, SessionConfig, SessionContext

    context = SessionContext(SessionConfig().with_target_partitions(2))
    frame = context.from_arrow(table)
    compression = {"zstd": f"zstd({level})"}.get(codec, codec)

    def write(path):
        frame.write_parquet_with_options(
            path, ParquetWriterOptions(
                compression=compression, max_row_group_size=rows,
                allow_single_file_parallelism=True,
                maximum_parallel_row_group_writers=2,
                writer_version="2.0" if version2 else "1.0",
            ))

    return write


def with_clickhouse():
    from chdb import session

    connection = session.Session()
    connection.query("SET max_threads = 2")
    # Its own table first: what is timed is writing.
    source = os.path.join(folder, "input.arrow")
    with pa.OSFile(source, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    connection.query("CREATE DATABASE bench ENGINE = Atomic")
    connection.query(
        f"CREATE TABLE bench.input ENGINE = Memory AS SELECT * FROM file('{source}', 'Arrow') "
        "SETTINGS max_threads = 2"
    )
    os.remove(source)
    method = {"uncompressed": "none", "lz4_raw": "lz4"}.get(codec, codec)

    def write(path):
        connection.query(
            f"SELECT * FROM bench.input INTO OUTFILE '{path}' TRUNCATE FORMAT Parquet SETTINGS "
            f"max_threads = 2, output_format_parquet_compression_method = '{method}', "
            f"output_format_compression_level = {level}, "
            f"output_format_parquet_row_group_size = {rows}"
        )

    return write


def bytes_of(path):
    if os.path.isdir(path):
        return sum(os.path.getsize(os.path.join(path, part)) for part in os.listdir(path))
    return os.path.getsize(path)


def remove(path):
    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


write = {
    "pyarrow": with_pyarrow, "polars": with_polars,
    "datafusion": with_datafusion, "clickhouse": with_clickhouse,
}[name]()
if job.get("output"):
    write(target)
    # DataFusion makes a folder of parts.
    parts = [os.path.join(target, part) for part in os.listdir(target)] if os.path.isdir(target) else [target]
    if len(parts) > 1:
        raise SystemExit(f"{name} wrote {len(parts)} files")
    shutil.copyfile(parts[0], job["output"])
    remove(target)
milliseconds, cpu, size = [], [], 0
warm = 0.0
while len(milliseconds) < job["repeats"]:
    cpu_before, started = time.process_time(), time.perf_counter()
    write(target)
    ended, cpu_after = time.perf_counter(), time.process_time()
    size = bytes_of(target)
    remove(target)
    if not milliseconds:
        warm = ended + job.get("warmUpMs", 0) / 1e3
    elif started < warm:
        continue
    milliseconds.append((ended - started) * 1e3)
    cpu.append((cpu_after - cpu_before) * 1e3)
shutil.rmtree(folder)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"milliseconds": milliseconds, "cpu": cpu, "bytes": size, "peakRss": peak}))
