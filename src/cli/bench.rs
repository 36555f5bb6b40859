//! `redawn bench`: the speed of a network.

use std::process::ExitCode;

use serde::Serialize;

use super::{BenchArgs, FAILED, output::Output, output::complain};
use crate::engine::bench::{self, BenchOptions, BenchResult, CpuProfile};

/// The result as one JSON object.
#[derive(Serialize)]
struct BenchLine<'a> {
    seconds: f64,
    megapixels_per_second: f64,
    gflops: f64,
    device: &'a str,
    model: &'a str,
    width: usize,
    height: usize,
    runs: usize,
    peak_memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_gflops: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products_gflops: Option<f64>,
}

/// One step of the CPU engine.
#[derive(Serialize)]
struct StepLine<'a> {
    name: &'a str,
    seconds: f64,
}

/// Times a network and prints the fastest run.
pub fn run(args: BenchArgs) -> ExitCode {
    let BenchArgs { device, model, size, runs, threads, profile, json } = args;
    let runs = usize::from(runs);
    let result =
        match bench::run(&BenchOptions { device, model, size, runs, threads: threads.unwrap_or_default(), profile }) {
            Ok(result) => result,
            Err(error) => {
                complain(error);
                return ExitCode::from(FAILED);
            }
        };
    let BenchResult { seconds, megapixels_per_second, gflops, peak_memory_bytes, device, model, profile: steps } =
        result;
    let mut output = Output::default();
    if json {
        output.json(&BenchLine {
            seconds,
            megapixels_per_second,
            gflops,
            device: &device.name,
            model: &model,
            width: size.width,
            height: size.height,
            runs,
            peak_memory_bytes,
            steps: steps.as_ref().map(step_lines),
            peak_gflops: steps.as_ref().map(|profile| profile.peak_gflops),
            products_gflops: steps.as_ref().map(|profile| profile.products_gflops),
        });
    } else {
        output.line(format_args!("{model} on {}, {} × {} px", device.name, size.width, size.height));
        output.line(format_args!("best of {runs}    {seconds:.4} s"));
        output.line(format_args!("speed        {megapixels_per_second:.2} MP/s, {gflops:.1} GFLOP/s"));
        if let Some(bytes) = peak_memory_bytes {
            output.line(format_args!("peak memory  {:.0} MB", bytes as f64 / 1e6));
        }
    }
    if !json && profile {
        match &steps {
            Some(profile) => print_profile(profile, gflops, &mut output),
            None => output.line(format_args!("profile      only for the CPU engine; add --device cpu")),
        }
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

fn step_lines(profile: &CpuProfile) -> Vec<StepLine<'_>> {
    profile.steps.iter().map(|(name, seconds)| StepLine { name, seconds: *seconds }).collect()
}

/// Prints the time of each step, and the fraction of the processor's peak.
fn print_profile(profile: &CpuProfile, gflops: f64, output: &mut Output) {
    let whole: f64 = profile.steps.iter().map(|(_, seconds)| seconds).sum();
    for (name, seconds) in &profile.steps {
        output.line(format_args!("{name:<12} {:8.3} ms  {:4.1} %", seconds * 1e3, 100.0 * seconds / whole));
    }
    let CpuProfile { peak_gflops, products_gflops, .. } = profile;
    output.line(format_args!(
        "roofline     {peak_gflops:.1} GFLOP/s is the f32 multiply-add peak; the matrix products reach {:.0} % of it,",
        100.0 * products_gflops / peak_gflops
    ));
    output.line(format_args!(
        "             and the network runs {:.1} times as fast as direct convolution at that peak",
        gflops / peak_gflops
    ));
}
