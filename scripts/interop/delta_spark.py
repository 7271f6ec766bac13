"""Does something to a table by Spark with delta-spark, and prints JSON: delta_spark.py ACTION TABLE [ARGUMENT…].

Many actions at once, to start Spark once: delta_spark.py serve reads lines of JSON arrays, and answers each by a line.
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType

spark = (
    SparkSession.builder.master("local[2]")
    .appName("parquet-ext")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.jars", sys.argv[1])
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.databricks.delta.snapshotPartitions", "2")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
SCHEMA = StructType([StructField("day", StringType()), StructField("id", LongType())])


def frame(ids):
    return spark.createDataFrame([(None if id % 3 == 0 else f"2026-01-0{id % 3}", id) for id in ids], SCHEMA).coalesce(1)


def create(path, ids, properties):
    writer = frame(ids).write.format("delta").partitionBy("day")
    for name, value in properties.items():
        writer = writer.option(name, value)
    writer.save(path)


def append(path, ids):
    frame(ids).write.format("delta").mode("append").save(path)


def delete(path, where):
    spark.sql(f"delete from delta.`{path}` where {where}")


def optimize(path):
    spark.sql(f"optimize delta.`{path}`")


def checkpoint(path, settings):
    for name, value in settings.items():
        spark.conf.set(name, value)
    log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path)
    log.checkpoint(log.update(False, spark._jvm.scala.Option.empty(), spark._jvm.scala.Option.empty()),
                   spark._jvm.scala.Option.empty())
    for name in settings:
        spark.conf.unset(name)
    return log.unsafeVolatileSnapshot().version()


def rows(path):
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    found = spark.read.format("delta").load(path).select("id", "day").orderBy("id").collect()
    version = spark.sql(f"describe history delta.`{path}` limit 1").collect()[0]["version"]
    return {"version": version, "rows": [[row["id"], row["day"]] for row in found]}


def sum_of(path):
    """What a query finds by the statistics of files."""
    row = spark.read.format("delta").load(path).where("id between 5 and 11 and day is not null").selectExpr("sum(id) s").first()
    return row["s"]


ACTIONS = {f.__name__: f for f in (create, append, delete, optimize, checkpoint, rows, sum_of)}
print("ready", flush=True)
for line in sys.stdin:
    action, *arguments = json.loads(line)
    try:
        answer = {"value": ACTIONS[action](*arguments)}
    except Exception as error:  # noqa: BLE001
        answer = {"error": str(error)[:4000]}
    print(f"answer {json.dumps(answer)}", flush=True)
