//! `redawn bench`: the speed of a network.

use std::process::ExitCode;

use serde::Serialize;

use super::{BenchArgs, FAILED, output::Output, output::complain};
use crate::engine::bench::{self, BenchOptions, BenchResult, GpuProfile, Profile};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_gigabytes_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernels: Option<&'a str>,
}

/// One step of an engine.
#[derive(Serialize)]
struct StepLine<'a> {
    name: &'a str,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gigabytes_per_second: Option<f64>,
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
        let gpu = steps.as_ref().and_then(|profile| profile.gpu.as_ref());
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
            peak_gigabytes_per_second: gpu.map(|gpu| gpu.peak_gigabytes),
            kernels: gpu.map(|gpu| gpu.kernels.as_str()),
        });
    } else {
        output.line(format_args!("{model} on {}, {} × {} px", device.name, size.width, size.height));
        output.line(format_args!("best of {runs}    {seconds:.4} s"));
        output.line(format_args!("speed        {megapixels_per_second:.2} MP/s, {gflops:.1} GFLOP/s"));
        if let Some(bytes) = peak_memory_bytes {
            output.line(format_args!("peak memory  {:.0} MB", bytes as f64 / 1e6));
        }
    }
    if let Some(profile) = steps.filter(|_| !json) {
        print_profile(&profile, seconds, gflops, &mut output);
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

fn step_lines(profile: &Profile) -> Vec<StepLine<'_>> {
    let steps = profile.steps.iter().map(|step| StepLine {
        name: &step.name,
        seconds: step.seconds,
        gigabytes_per_second: step.gigabytes_per_second(),
    });
    steps.collect()
}

/// Prints the time of each step, its share of the whole and of the device's peaks.
fn print_profile(profile: &Profile, seconds: f64, gflops: f64, output: &mut Output) {
    let Profile { steps, peak_gflops, products_gflops, gpu } = profile;
    let whole: f64 = steps.iter().map(|step| step.seconds).sum();
    for step in steps {
        let (name, share) = (&step.name, 100.0 * step.seconds / whole);
        let of_peak = match step.flops {
            0.0 => String::new(),
            flops => format!("{:4.0} % of the peak", 100.0 * flops / 1e9 / step.seconds / peak_gflops),
        };
        let moved = match (step.gigabytes_per_second(), gpu) {
            (Some(speed), Some(gpu)) => {
                format!("{speed:8.2} GB/s, {:3.0} % of the peak", 100.0 * speed / gpu.peak_gigabytes)
            }
            _ => String::new(),
        };
        let line = format!("{name:<12} {:8.3} ms  {share:4.1} %  {of_peak:18}  {moved}", step.seconds * 1e3);
        output.line(line.trim_end());
    }
    if let Some(GpuProfile { kernels, peak_gigabytes }) = gpu {
        output.line(format_args!("memory       {peak_gigabytes:.1} GB/s is the peak of copies, read and written"));
        output.line(format_args!("kernels      {kernels}"));
        if !steps.is_empty() {
            output.line(format_args!("whole        {:.2} times the sum of the steps", seconds / whole));
        }
    }
    output.line(format_args!("roofline     {peak_gflops:.1} GFLOP/s is the f32 multiply-add peak"));
    if !steps.is_empty() {
        output.line(format_args!(
            "             the products reach {:.0} % of it,",
            100.0 * products_gflops / peak_gflops
        ));
    }
    output.line(format_args!(
        "             and the network runs {:.1} times as fast as direct convolution at that peak",
        gflops / peak_gflops
    ));
}
