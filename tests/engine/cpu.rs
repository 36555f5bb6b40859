//! The CPU engine agrees with PyTorch and the network's definition for every instruction set of this machine, and its
//! output does not depend on the number of threads. NaN, outliers and denormals neither spread nor slow it down.

use std::{
    cell::RefCell,
    num::NonZeroUsize,
    ops::Range,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use redawn::{
    engine::{
        NetworkId, OpenedRestorer, Restorer, RestorerFactory, RowIo, Task, Threads, Weights,
        cpu::{CpuRestorer, CpuWeights, Instructions},
        models,
    },
    imaging::{self, Photo, metrics::psnr},
    pixels::{Planes, Raster, Rect, Samples, Size},
    restore::{self, Compression, NoFollower, Order, Recipe, Scale, measure_noise},
};

use crate::support::{
    definition,
    golden::{self, max_difference},
    random_networks::Numbers,
};

fn threads(count: usize) -> Threads {
    Threads::Exactly(NonZeroUsize::new(count).expect("not zero"))
}

fn load(instructions: Instructions, weights: &Weights, count: usize) -> CpuRestorer {
    CpuRestorer::load_for(instructions, CpuWeights::new(weights), 512, threads(count)).expect("threads")
}

#[test]
fn every_instruction_set_agrees_with_pytorch() {
    for golden in golden::all() {
        for instructions in Instructions::available() {
            let mut restorer = load(instructions, &golden.weights, 2);
            for (input, expected) in &golden.cases {
                let difference = max_difference(&restorer.restore(input.clone()).expect("an output"), expected);
                println!("{} {instructions:?} {:?}: {difference:.1e}", golden.weights.name, input.size());
                assert!(
                    difference <= 1e-5,
                    "{} {instructions:?} {:?}: {difference}",
                    golden.weights.name,
                    input.size()
                );
            }
        }
    }
}

#[test]
fn the_definition_agrees_with_pytorch() {
    for golden in golden::all() {
        for (input, expected) in &golden.cases {
            let difference = max_difference(&definition::restore(&golden.weights, input), expected);
            println!("{} {:?}: {difference:.1e}", golden.weights.name, input.size());
            assert!(difference <= 1e-6, "{} {:?}: {difference}", golden.weights.name, input.size());
        }
    }
}

#[test]
fn any_network_and_size_agrees_with_the_definition() {
    let mut numbers = Numbers(2016);
    for round in 0..40 {
        let task = if round % 3 == 0 { Task::Enlarge } else { Task::Denoise };
        let (pairs, stride) = (numbers.between(2, 7), 1 + round % 2);
        let width = [1, 3, 16, 24, 33, 64, 80][numbers.between(0, 6)];
        let weights = numbers.network(task, pairs, width, stride);
        let mut engines: Vec<_> =
            Instructions::available().into_iter().map(|set| (set, load(set, &weights, 1 + round % 3))).collect();
        // The second size reuses the buffers of the first.
        for _ in 0..2 {
            let size = Size::new(stride * numbers.between(1, 60), stride * numbers.between(1, 40));
            let input = numbers.planes(weights.shape.planes_in, size);
            let expected = definition::restore(&weights, &input);
            assert!(
                max_difference(&expected, &input.clone_planes(weights.shape.planes_out)) > 0.05,
                "it does something"
            );
            for (set, engine) in &mut engines {
                let difference = max_difference(&engine.restore(input.clone()).expect("an output"), &expected);
                assert!(difference <= 1e-4, "{} {set:?} {size:?}: {difference}", weights.name);
            }
        }
    }
}

/// Copies the first planes.
trait ClonePlanes {
    fn clone_planes(&self, count: usize) -> Planes;
}

impl ClonePlanes for Planes {
    fn clone_planes(&self, count: usize) -> Planes {
        Planes::new(count, self.size(), self.data()[..count * self.size().area()].to_vec())
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let mut numbers = Numbers(5);
    for stride in [1, 2] {
        let weights = numbers.network(Task::Denoise, 5, 32, stride);
        let input = numbers.planes(4, Size::new(250, 122));
        for instructions in Instructions::available() {
            let bits = |count| {
                let output = load(instructions, &weights, count).restore(input.clone()).expect("an output");
                output.data().iter().map(|value| value.to_bits()).collect::<Vec<_>>()
            };
            let one = bits(1);
            assert!(bits(2) == one && bits(3) == one && bits(2) == one, "{instructions:?}");
        }
    }
}

/// Restores a photo with the CPU engine compiled for these instructions, noise estimation included.
fn restored(photo: &Arc<Photo>, recipe: Recipe, instructions: Instructions) -> Raster {
    let mut open: RestorerFactory = Box::new(move |_, _, network, _| {
        let weights = CpuWeights::new(&models::load(network)?);
        let restorer = Box::new(CpuRestorer::load_for(instructions, weights, 512, threads(2))?);
        Ok(OpenedRestorer { restorer, reason: String::new(), notice: None })
    });
    let noise = measure_noise(photo, &mut open, &|| false).expect("a network").expect("an estimate");
    let order = Order::new(photo.clone(), noise, recipe);
    restore::restore(&order, &mut open, &mut NoFollower).expect("a result").0.pixels
}

/// What the manual page of `restore` promises (`args/help.rs`): AVX-512 and AVX2 give the same bytes; without fused
/// multiply-add few pixels of 8 bits differ, and by 1.
#[test]
fn vector_instructions_give_the_same_bytes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-noisy.png");
    let whole = imaging::open(&path).expect("the sample").photo;
    let pixels = whole.pixels.crop(Rect::new(whole.size().width / 2 - 96, whole.size().height / 2 - 80, 200, 150));
    let photo = Arc::new(Photo { pixels, ..whole });
    let quality = Compression::Quality(40);
    for recipe in [
        Recipe::default(),
        Recipe { scale: Scale::X2, ..Recipe::default() },
        Recipe { compression: quality, best: true, ..Recipe::default() },
    ] {
        let sets = Instructions::available();
        let results: Vec<_> = sets.iter().map(|&set| restored(&photo, recipe, set)).collect();
        for (set, result) in sets.iter().zip(&results) {
            let (Samples::Eight(bytes), Samples::Eight(first)) = (result.samples(), results[0].samples()) else {
                panic!("8 bits per channel");
            };
            let differences: Vec<_> =
                bytes.iter().zip(first).map(|(a, b)| a.abs_diff(*b)).filter(|by| *by > 0).collect();
            let share = differences.len() as f64 / bytes.len() as f64;
            println!("{set:?} and {:?}: {share:.1e} differ", sets[0]);
            match set {
                Instructions::Portable => assert!(share < 1e-4 && differences.iter().all(|by| *by == 1), "{share}"),
                _ => assert!(differences.is_empty(), "{set:?}: {share}"),
            }
        }
    }
}

#[test]
fn a_photo_has_the_psnr_of_the_definition() {
    let open = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        imaging::open(&path).expect("the sample").photo.colours()
    };
    let (clean, noisy) = (open("sample-clean.png"), open("sample-noisy.png"));
    let part = Rect::new(noisy.width() / 2 - 96, noisy.height() / 2 - 96, 192, 192);
    let (clean, noisy) = (clean.crop(part), noisy.crop(part));
    let mut values = noisy.data().to_vec();
    values.resize(4 * part.size().area(), 25.0 / 255.0);
    let input = Planes::new(4, part.size(), values);
    let weights = models::load(NetworkId::best(Task::Denoise)).expect("the built-in network");
    let exact = psnr(&clean, &definition::restore(&weights, &input));
    assert!(exact > psnr(&clean, &noisy) + 5.0, "{exact}");
    for instructions in Instructions::available() {
        let ours = psnr(&clean, &load(instructions, &weights, 2).restore(input.clone()).expect("an output"));
        println!("{instructions:?} {ours:.5} dB, exactly {exact:.5} dB");
        assert!((ours - exact).abs() < 0.001, "{instructions:?}: {ours} dB, exactly {exact} dB");
    }
}

/// Rows of a picture, and the output so far.
struct ByRows {
    picture: Planes,
    output: Planes,
    taken: usize,
    given: usize,
    /// Stops at this row.
    end: usize,
}

impl RowIo for ByRows {
    fn read(&mut self, rows: Range<usize>) -> Planes {
        assert_eq!(rows.start, self.taken, "from the top, each once");
        self.taken = rows.end;
        self.picture.crop(Rect::new(0, rows.start, self.picture.width(), rows.len()))
    }

    fn write(&mut self, rows: Range<usize>, output: Planes) -> bool {
        assert_eq!(rows.start, self.given, "from the top, each once");
        assert!(rows.end <= self.taken);
        self.given = rows.end;
        self.output.paste(&output, output.size().rect(), 0, rows.start);
        rows.end < self.end
    }
}

#[test]
fn streaming_gives_the_same_bytes() {
    let mut numbers = Numbers(11);
    for (stride, pairs, size) in
        [(2, 5, (94, 302)), (1, 10, (61, 75)), (2, 15, (40, 6)), (2, 5, (700, 2)), (1, 5, (3, 90))]
    {
        let weights = numbers.network(Task::Denoise, pairs, 32, stride);
        let size = Size::new(size.0, size.1);
        let picture = numbers.planes(4, size);
        let mut restorer = load(Instructions::best(), &weights, 2);
        let expected = restorer.restore(picture.clone()).expect("an output");
        // Twice, to reuse the buffers; then stopped in the middle.
        for end in [usize::MAX, usize::MAX, size.height / 2] {
            let output = Planes::filled(3, size, 0.0);
            let mut rows = ByRows { picture: picture.clone(), output, taken: 0, given: 0, end };
            let finished = restorer.streaming().expect("the CPU can").restore_stream(size, &mut rows);
            assert_eq!(finished, end == usize::MAX, "{size:?}");
            if finished {
                assert!(rows.output == expected, "{size:?} of stride {stride}");
                assert_eq!((rows.taken, rows.given), (size.height, size.height));
            }
        }
    }
}

#[test]
fn it_stops_within_a_tile() {
    let mut numbers = Numbers(12);
    let weights = numbers.network(Task::Denoise, 15, 32, 1);
    let input = numbers.planes(4, Size::new(384, 384));
    let mut restorer = load(Instructions::best(), &weights, 2);
    let mut run = || {
        let calls = RefCell::new(vec![Instant::now()]);
        let ask = || {
            calls.borrow_mut().push(Instant::now());
            false
        };
        let output = restorer.restore_unless(input.clone(), &ask).expect("an output").expect("not stopped");
        calls.borrow_mut().push(Instant::now());
        let calls = calls.into_inner();
        let whole = calls[calls.len() - 1] - calls[0];
        let longest = calls.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(whole);
        println!("{longest:?} between two calls at most, of {whole:?}");
        (longest.as_secs_f64() / whole.as_secs_f64(), output)
    };
    // The best of five: other programs can interrupt one.
    let (mut longest, output) = run();
    (0..4).for_each(|_| longest = run().0.min(longest));
    assert!(longest < 0.25, "{longest}");

    let left = RefCell::new(5);
    let stop = || {
        *left.borrow_mut() -= 1;
        *left.borrow() == 0
    };
    assert!(restorer.restore_unless(input.clone(), &stop).expect("no failure").is_none());
    assert_eq!(left.into_inner(), 0, "`stop` was called after it returned true");
    // The next run is not affected.
    assert!(restorer.restore(input).expect("an output") == output);
}

#[test]
fn nan_affects_only_its_pixel() {
    let mut numbers = Numbers(77);
    for stride in [1, 2] {
        let weights = numbers.network(Task::Denoise, 4, 16, stride);
        let size = Size::new(40, 36);
        let clean = numbers.planes(4, size);
        let place = 17 * size.width + 21;
        for (value, seen) in [(f32::NAN, 0.0), (f32::INFINITY, 16.0), (f32::NEG_INFINITY, -16.0), (3e38, 16.0)] {
            let with = |value| {
                let mut input = clean.clone();
                input.plane_mut(1)[place] = value;
                load(Instructions::best(), &weights, 2).restore(input.clone()).expect("an output")
            };
            let (output, expected) = (with(value), with(seen));
            for plane in 0..3 {
                for i in 0..size.area() {
                    let (output, expected) = (output.plane(plane)[i], expected.plane(plane)[i]);
                    if (plane, i) == (1, place) {
                        assert_eq!(output.is_nan(), value.is_nan());
                        assert!(value.is_nan() || output == value, "{output} for {value}");
                    } else {
                        assert_eq!(output, expected, "{value} changed plane {plane}, pixel {i}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_outlier_has_no_influence_beyond_the_radius() {
    let mut numbers = Numbers(9);
    for stride in [1, 2] {
        let weights = numbers.network(Task::Denoise, 2, 16, stride);
        let radius = weights.shape.footprint().radius;
        let size = Size::new(48, 48);
        let clean = numbers.planes(4, size);
        let mut dirty = clean.clone();
        dirty.plane_mut(0)[24 * size.width + 24] = f32::NAN;
        dirty.plane_mut(2)[24 * size.width + 25] = f32::INFINITY;
        let mut restorer = load(Instructions::best(), &weights, 1);
        let (clean, dirty) = (restorer.restore(clean).expect("an output"), restorer.restore(dirty).expect("an output"));
        let far = Rect::new(0, 0, size.width, 24 - radius);
        let difference = max_difference(&clean.crop(far), &dirty.crop(far));
        assert!(difference <= 1e-4, "stride {stride}: {difference}");
        let near = Rect::new(22, 22, 2, 2);
        assert!(max_difference(&clean.crop(near), &dirty.crop(near)) > 1e-3, "it has an influence within");
    }
}

#[test]
fn tiny_numbers_do_not_slow_it_down() {
    let mut numbers = Numbers(31);
    let weights = numbers.network(Task::Denoise, 3, 32, 1);
    let size = Size::new(96, 96);
    let usual = numbers.planes(4, size);
    // Denormals, and numbers whose products are denormal.
    let mut tiny = usual.clone();
    for (i, value) in tiny.data_mut().iter_mut().enumerate() {
        *value *= if i % 2 == 0 { 1e-40 } else { 1e-30 };
    }
    let mut restorer = load(Instructions::best(), &weights, 1);
    let mut best = |input: &Planes| {
        let time = |_| {
            let start = Instant::now();
            restorer.restore(input.clone()).expect("an output");
            start.elapsed()
        };
        (0..7).map(time).min().unwrap_or(Duration::MAX)
    };
    let (usual, tiny) = (best(&usual), best(&tiny));
    println!("usual {usual:?}, tiny {tiny:?}");
    assert!(tiny < 2 * usual, "{tiny:?} and not about {usual:?}");
}

#[test]
fn bench_reports_the_time_of_each_step() {
    let bench = |options: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_redawn"))
            .args(["bench", "--device", "cpu", "--size", "256x192", "--runs", "5", "--threads", "1"])
            .args(options)
            .output()
            .expect("the program");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let line: serde_json::Value = serde_json::from_str(&bench(&["--profile", "--json"])).expect("one JSON object");
    let steps = line["steps"].as_array().expect("steps");
    // Input, output, and the 20 layers of the built-in network.
    assert_eq!(steps.len(), 22);
    let sum: f64 = steps.iter().map(|step| step["seconds"].as_f64().expect("seconds")).sum();
    let whole = line["seconds"].as_f64().expect("seconds");
    assert!(sum > 0.2 * whole && sum < 5.0 * whole, "{sum} of {whole}");
    let (products, peak) =
        (line["products_gflops"].as_f64().expect("a speed"), line["peak_gflops"].as_f64().expect("a speed"));
    assert!(products > 0.0 && products < 1.5 * peak, "{products} of {peak}");
    assert!(!bench(&["--json"]).contains("steps"));
    assert!(bench(&["--profile"]).contains("roofline"));
}
