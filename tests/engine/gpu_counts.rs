//! The counts in `src/engine/gpu/README.md` are those of the shaders that are compiled.

use std::sync::{Mutex, MutexGuard, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};
use redawn::{
    engine::{
        DeviceKind, Restorer, Task,
        gpu::{self, GpuRestorer, Kernels, Storage, Variant},
        list_devices,
    },
    pixels::Size,
};

use crate::support::{random_networks::Numbers, skip};

/// The layers counted have so many inputs and outputs.
const FEATURES: usize = 64;
/// Components of a vector.
const LANES: usize = 4;

/// Keeps the sources of shaders.
struct Sources(Mutex<Vec<String>>);

static SOURCES: Sources = Sources(Mutex::new(Vec::new()));

impl Sources {
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Sources {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target().starts_with("cubecl_wgpu")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            self.lock().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The number after `prefix`.
fn number(source: &str, prefix: &str) -> Option<usize> {
    let rest = &source[source.find(prefix)? + prefix.len()..];
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A row of the table for a convolution in WGSL: the loop over blocks of inputs is its first loop, the one over the
/// kernel's rows its second.
fn row(source: &str) -> Option<String> {
    let code = source.split_once("WGSL module `convolution_")?.1;
    let [before, block, steps] = code.splitn(3, "\nfor(").collect::<Vec<_>>()[..] else { return None };
    let (steps, _) = steps.split_once("\nworkgroupBarrier();")?;
    let threads = number(code, "@workgroup_size(")?;
    let per_step = 4 * steps.matches("fma(").count();
    // Three rows of kernel for each vector of inputs in shared memory.
    let limit = steps.split_once(" < v")?.1.split(';').next()?;
    let trips = number(code, &format!("let v{limit} = u32("))?;
    let depth = trips / 3;
    let blocks = FEATURES / LANES / depth;
    let outputs = number(before, "_store: array<vec4<f32>, ")? * LANES;
    let loads_of = |part: &str, name: &str| {
        // Pointers to elements of the array that are read.
        let pointers =
            part.lines().filter_map(|line| line.split_once(&format!(" = &(*{name})["))?.0.strip_prefix("let "));
        pointers.filter(|pointer| part.contains(&format!("= *{pointer};"))).count()
    };
    let name_of = |what: &str| {
        let line = code.lines().find(|line| line.contains(what))?;
        Some(line.strip_prefix("let ")?.split_once(' ')?.0.to_owned())
    };
    let shared: Vec<&str> = code.lines().filter_map(|line| line.strip_prefix("var<workgroup> ")).collect();
    let mut shared_loads = 0;
    let mut shared_bytes = 0;
    for line in &shared {
        let variable = line.split_once(':')?.0;
        // One without a pointer is not used.
        let Some(name) = name_of(&format!("= &{variable};")) else { continue };
        shared_loads += loads_of(steps, &name);
        let stored = |(element, size)| Some(size * LANES * number(line, &format!("vec4<{element}>, "))?);
        shared_bytes += [("f32", 4), ("f16", 2)].into_iter().find_map(stored)?;
    }
    let bound = |binding: usize| -> Option<String> {
        let line = code.lines().find(|line| line.contains(&format!("@binding({binding})")))?;
        let variable = line.split_once("> ")?.1.split_once(':')?.0;
        name_of(&format!("= &{variable};"))
    };
    let (input, weights) = (bound(0)?, bound(1)?);
    let global_loads = [&input, &weights].map(|name| loads_of(block, name) + loads_of(steps, name) * trips);
    let barriers = block.matches("workgroupBarrier();").count() + 1;
    let per_output = |count: usize| count as f64 * blocks as f64 / outputs as f64;
    Some(format!(
        "| {threads} | {outputs} | {:.0} | {:.1} | {:.2} | {:.3} | {} |",
        per_output(per_step * trips),
        per_output(shared_loads * trips),
        per_output(global_loads.iter().sum()),
        per_output(barriers),
        shared_bytes,
    ))
}

#[test]
fn the_counts_of_the_kernels_are_true() {
    let Some(device) = list_devices().into_iter().find(|device| device.kind != DeviceKind::Cpu) else {
        return skip::skip("no Vulkan, Metal or DX12 adapter here, not even a software one (mesa-vulkan-drivers)");
    };
    log::set_logger(&SOURCES).expect("the only logger of these tests");
    log::set_max_level(LevelFilter::Trace);
    let gpu = gpu::open(&device).expect("a device");
    let mut numbers = Numbers(1);
    let weights = numbers.network(Task::Denoise, 2, FEATURES, 2);
    let tile = numbers.planes(4, Size::new(4, 4));
    if !gpu.supports(Storage::F16) {
        return skip::skip(format!("{} has no f16 in shaders", device.name));
    }
    for variant in Variant::all() {
        let mut restorer = GpuRestorer::load(Kernels::Own(variant), &weights, &gpu, 512).expect("a network");
        restorer.restore(tile.clone()).expect("an output");
    }
    let compiled: Vec<String> = SOURCES.lock().iter().filter_map(|source| row(source)).collect();
    compiled.iter().for_each(|row| println!("{row}"));
    let table = include_str!("../../src/engine/gpu/README.md");
    for Variant { tiling, storage } in Variant::all() {
        let name = format!("| {tiling:?} | {} |", storage.name());
        let row = table.lines().find(|line| line.starts_with(&name)).expect("a row for each variant");
        assert!(compiled.iter().any(|counts| row.contains(counts.as_str())), "{row}\nis none of {compiled:#?}");
    }
}
