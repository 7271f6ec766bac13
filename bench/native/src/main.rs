//! arrow-rs as a peer: writes an Arrow IPC stream as Parquet, `repeats` times, into a sink that forgets, and prints one
//! line of JSON: milliseconds of each run, of CPU time too, the bytes of the file, the peak of resident memory.
//!
//! `native-writers '{"input": PATH, "rowGroupRows": N, "codec": NAME, "level": N, "version": "1.0", "bloomFilter": false,
//! "repeats": N, "warmUpMs": N, "output": PATH or null}'`: runs after the first one, for so long, are not timed.

use std::fs::File;
use std::io::BufReader;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arrow::ipc::reader::StreamReader;
use arrow::record_batch::RecordBatch;
use parquet::arrow::AsyncArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde_json::{json, Value};
use tokio::io::AsyncWrite;

/// Counts bytes and forgets them.
struct Counter(Arc<AtomicU64>);

impl AsyncWrite for Counter {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn properties(job: &Value) -> WriterProperties {
    let compression = match job["codec"].as_str().expect("codec") {
        "uncompressed" => Compression::UNCOMPRESSED,
        "snappy" => Compression::SNAPPY,
        "lz4_raw" => Compression::LZ4_RAW,
        "zstd" => Compression::ZSTD(ZstdLevel::try_new(job["level"].as_i64().unwrap_or(1) as i32).expect("level")),
        other => panic!("no codec {other}"),
    };
    let version = match job["version"].as_str() {
        Some("2.0") => WriterVersion::PARQUET_2_0,
        _ => WriterVersion::PARQUET_1_0,
    };
    WriterProperties::builder()
        .set_compression(compression)
        .set_writer_version(version)
        .set_bloom_filter_enabled(job["bloomFilter"].as_bool().unwrap_or(false))
        .set_max_row_group_row_count(Some(job["rowGroupRows"].as_u64().expect("rowGroupRows") as usize))
        .build()
}

/// CPU milliseconds of the process so far, and the peak of its resident memory in bytes.
fn usage() -> (f64, u64) {
    // SAFETY: the structure is plain data that the call fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let milliseconds = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    (milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss as u64 * 1024)
}

fn main() {
    let job: Value = serde_json::from_str(&std::env::args().nth(1).expect("a job")).expect("a job in JSON");
    let input = File::open(job["input"].as_str().expect("input")).expect("the input opens");
    let reader = StreamReader::try_new(BufReader::new(input), None).expect("an Arrow IPC stream");
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.map(|batch| batch.expect("a batch")).collect();
    let properties = properties(&job);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Some(path) = job["output"].as_str() {
        runtime.block_on(async {
            let file = tokio::fs::File::create(path).await.expect("the output opens");
            let mut writer = AsyncArrowWriter::try_new(file, schema.clone(), Some(properties.clone())).expect("a writer");
            for batch in &batches {
                writer.write(batch).await.expect("a batch is written");
            }
            writer.close().await.expect("the file is closed");
        });
    }
    let (mut milliseconds, mut cpu) = (vec![], vec![]);
    let bytes = Arc::new(AtomicU64::new(0));
    let repeats = job["repeats"].as_u64().expect("repeats") as usize;
    let warm_up = Duration::from_millis(job["warmUpMs"].as_u64().unwrap_or(0));
    let mut warm = Instant::now();
    while milliseconds.len() < repeats {
        bytes.store(0, Ordering::Relaxed);
        let (cpu_before, _) = usage();
        let start = Instant::now();
        runtime.block_on(async {
            let sink = Counter(bytes.clone());
            let mut writer = AsyncArrowWriter::try_new(sink, schema.clone(), Some(properties.clone())).expect("a writer");
            for batch in &batches {
                writer.write(batch).await.expect("a batch is written");
            }
            writer.close().await.expect("the file is closed");
        });
        if milliseconds.is_empty() {
            warm = Instant::now() + warm_up;
        } else if start < warm {
            continue;
        }
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        cpu.push(usage().0 - cpu_before);
    }
    let bytes = bytes.load(Ordering::Relaxed);
    println!("{}", json!({ "milliseconds": milliseconds, "cpu": cpu, "bytes": bytes, "peakRss": usage().1 }));
}
