//! `redawn bench`: how fast the network alone is.

use std::process::ExitCode;

use serde::Serialize;

use super::{BenchArgs, FAILED, output::Output, output::complain};
use crate::engine::bench::{self, BenchOptions, BenchResult};

/// The result as one JSON object.
#[derive(Serialize)]
struct Line<'a> {
    seconds: f64,
    megapixels_per_second: f64,
    gflops: f64,
    device: &'a str,
    model: &'a str,
    width: usize,
    height: usize,
    runs: usize,
    peak_memory_bytes: Option<u64>,
}

/// Times the network and prints the best run.
pub fn run(args: BenchArgs) -> ExitCode {
    let BenchArgs { device, model, size, runs, json } = args;
    let runs = usize::from(runs);
    let result = match bench::run(&BenchOptions { device, model, size, runs }) {
        Ok(result) => result,
        Err(error) => {
            complain(error);
            return ExitCode::from(FAILED);
        }
    };
    let BenchResult { seconds, megapixels_per_second, gflops, peak_memory_bytes, device, model } = result;
    let mut output = Output::default();
    if json {
        output.json(&Line {
            seconds,
            megapixels_per_second,
            gflops,
            device: &device.name,
            model: &model,
            width: size.width,
            height: size.height,
            runs,
            peak_memory_bytes,
        });
    } else {
        output.line(format_args!("{model} on {}, {} × {} px", device.name, size.width, size.height));
        output.line(format_args!("best of {runs}    {seconds:.4} s"));
        output.line(format_args!("speed        {megapixels_per_second:.2} MP/s, {gflops:.1} GFLOP/s"));
        if let Some(bytes) = peak_memory_bytes {
            output.line(format_args!("peak memory  {:.0} MiB", bytes as f64 / f64::from(1 << 20)));
        }
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}
