//! What a restoration reports about time: the speed of a device, and its own duration.

use std::{
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use redawn::{
    engine::{
        DeviceInfo, DeviceKind, Model, OpenedRestorer, Restorer, RestorerFactory, Run,
        fake::{self, TILE_SIDE},
    },
    pixels::{Rect, Size},
    restore::{
        self, Compression, Follower, NoFollower, Noise, NoiseEstimate, Order, PartialResult, Recipe, Repair, Scope,
        Sensitivity, Throughput, Update,
    },
};

use crate::support::{networks::starting, photos::random_photo};

const TILE: Duration = Duration::from_millis(20);
const READ_BACK: Duration = Duration::from_millis(15);

/// Computes one tile after the other, like a GPU; reading one back takes the CPU's time.
fn overlapping(device: &DeviceInfo) -> Box<dyn Restorer> {
    let mut busy_until = Instant::now();
    starting(fake::restorer(device, Duration::ZERO, 0.25), move |fake, tile| {
        let (output, end) = (fake.restore(tile), busy_until.max(Instant::now()) + TILE);
        busy_until = end;
        Ok(Run::Started(Box::new(move || {
            sleep(end.saturating_duration_since(Instant::now()));
            sleep(READ_BACK);
            output
        })))
    })
}

#[test]
fn runs_that_overlap_are_not_taken_for_faster_than_the_device() {
    let photo = Arc::new(random_photo(Size::new(5 * TILE_SIDE, 2 * TILE_SIDE), 3, 1));
    let recipe = Recipe { noise: Noise::Sigma(20.0), compression: Compression::None, ..Recipe::default() };
    let order = Order::new(photo, NoiseEstimate::none(), recipe);
    let mut open: RestorerFactory = Box::new(|_, _, _, _| {
        let info = DeviceInfo { name: "GPU".into(), kind: DeviceKind::DiscreteGpu, driver: String::new() };
        Ok(OpenedRestorer { restorer: overlapping(&info), reason: "requested by a test".into(), notice: None })
    });
    let mut throughput = Throughput::default();
    let mut partial = None;
    restore::restore_blocks(&order, &mut partial, Scope::Whole, &mut open, &mut throughput, &mut None, &mut NoFollower)
        .expect("restored");
    let megapixels = (TILE_SIDE * TILE_SIDE) as f64 / 1e6 / TILE.as_secs_f64();
    let speeds = throughput.speeds();
    assert!(speeds.len() == 1 && speeds[0].megapixels <= megapixels, "{speeds:?}, and at most {megapixels}");
}

/// Cancels after some tiles.
struct Cancelling(usize);

impl Follower for Cancelling {
    fn update(&mut self, update: Update) {
        if let Update::Progress { total: 1.., .. } = update {
            self.0 = self.0.saturating_sub(1);
        }
    }

    fn focus(&mut self) -> Option<Rect> {
        None
    }

    fn checkpoint(&self) -> bool {
        self.0 == 0
    }
}

#[test]
fn the_duration_includes_a_search_that_was_cancelled() {
    let photo = Arc::new(random_photo(Size::new(200, 150), 3, 1));
    let repair = Repair::Auto(Sensitivity::MEDIUM);
    let recipe = Recipe { repair, noise: Noise::NONE, compression: Compression::None, ..Recipe::default() };
    let order = Order::new(photo, NoiseEstimate::none(), recipe);
    let (mut open, mut partial, mut throughput) = (fake::opener(TILE), None, Throughput::default());
    let mut run = |follower: &mut dyn Follower| {
        let start = Instant::now();
        let repaired = &mut None;
        let outcome =
            restore::restore_blocks(&order, &mut partial, Scope::Whole, &mut open, &mut throughput, repaired, follower);
        (outcome, start.elapsed())
    };
    let (cancelled, first) = run(&mut Cancelling(10));
    assert!(cancelled.is_err() && first > 4 * TILE);
    let (outcome, second) = run(&mut NoFollower);
    let duration = outcome.expect("restored").duration;
    assert!(duration > second + first / 2, "{duration:?}, after {first:?} and {second:?}");
}

/// A run that continues with other networks (on another device) starts anew.
#[test]
fn a_picture_has_the_networks_of_one_model() {
    let photo = Arc::new(random_photo(Size::new(900, 900), 3, 1));
    let recipe = Recipe { noise: Noise::Sigma(20.0), compression: Compression::None, ..Recipe::default() };
    let best = Order::new(photo, NoiseEstimate::none(), recipe);
    let fast = Order { model: Model::Fast, ..best.clone() };
    let opener = || -> RestorerFactory {
        Box::new(|_, _, network, _| {
            let info = DeviceInfo { name: "CPU".into(), kind: DeviceKind::Cpu, driver: String::new() };
            let moved = if network.model == Model::Fast { 0.1 } else { 0.4 };
            let restorer = fake::restorer(&info, Duration::ZERO, moved);
            Ok(OpenedRestorer { restorer, reason: "requested by a test".into(), notice: None })
        })
    };
    let mut partial = None;
    let run = |order: &Order, partial: &mut Option<PartialResult>, follower: &mut dyn Follower| {
        let (mut throughput, mut repaired) = (Throughput::default(), None);
        let (open, throughput, repaired) = (&mut opener(), &mut throughput, &mut repaired);
        restore::restore_blocks(order, partial, Scope::Whole, open, throughput, repaired, follower).is_ok()
    };
    assert!(!run(&best, &mut partial, &mut Cancelling(600)), "cancelled");
    let has_some = |partial: &PartialResult| (0..900).any(|at| partial.contains(Rect::new(at, at, 1, 1)));
    assert!(partial.as_ref().is_some_and(has_some), "it has blocks of the best network");
    assert!(run(&fast, &mut partial, &mut NoFollower));
    let result = partial.expect("a result").complete().expect("all of it");
    let whole = restore::restore(&fast, &mut opener(), &mut NoFollower).expect("restored").0;
    assert_eq!(result.pixels, whole.pixels);
}
