//! The worker with a fake network: order of events, one end per job, cancellation, stale jobs, focus, fallback, panic,
//! shutdown.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redawn::{
    engine::{
        DeviceChoice, DeviceInfo, DeviceKind, EngineError, Model, OpenedRestorer, Restorer, RestorerFactory, Run,
        TileChoice,
        fake::{self, TILE_SIDE, TileHook},
    },
    imaging::{self, Depth, MemoryLimit, Photo, SaveOptions},
    pixels::{Rect, Size},
    restore::{
        Compression, DamageMap, ModelChoice, Noise, NoiseEstimate, Recipe, Rendition, Repair, Scale, Sensitivity,
        Stage, Strength,
    },
    worker::{
        Body, End, Event, FileTarget, JobControl, JobId, Measures, Order, Request, RestoreRequest, Target, Update,
        Worker,
    },
};

use crate::support::{
    networks::starting,
    photos::{photo_with, random_photo},
};

const PATIENCE: Duration = Duration::from_secs(20);

fn spawn(open: RestorerFactory) -> Worker {
    Worker::spawn(open, Arc::new(|| {})).expect("a thread")
}

fn request(job: u64, photo: &Arc<Photo>, recipe: Recipe) -> RestoreRequest {
    RestoreRequest {
        job: JobId(job),
        cancel: JobControl::default(),
        order: Order { watched: true, ..Order::new(photo.clone(), NoiseEstimate::none(), recipe) },
        target: Target::whole(),
        focus: None,
    }
}

fn denoise() -> Recipe {
    Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() }
}

fn photo(side: usize) -> Arc<Photo> {
    let pixels = random_photo(Size::new(side, side), 3, 9).colours();
    Arc::new(photo_with(&pixels, None, Depth::Eight))
}

/// All events up to the end of `job`.
fn events_of(worker: &Worker, job: u64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = worker.events().recv_timeout(PATIENCE).expect("an event in time");
        let last = event.is_end() && event.job == JobId(job);
        events.push(event);
        if last {
            return events;
        }
    }
}

#[test]
fn a_job_reports_device_progress_and_tiles_and_ends_once() {
    let worker = spawn(fake::opener(Duration::ZERO));
    // One block.
    let photo = photo(60);
    let recipe = Recipe { scale: Scale::X2, ..denoise() };
    worker.try_send(Request::Restore(request(1, &photo, recipe))).expect("room");
    let events = events_of(&worker, 1);
    assert!(events.iter().all(|event| event.job == JobId(1)));
    assert_eq!(events.iter().filter(|event| event.is_end()).count(), 1);

    let mut last = 0;
    let mut stages = Vec::new();
    for event in &events {
        if let Body::Update(Update::Progress { stage, done, total }) = event.body {
            assert!(done >= last && (total == 0 || done <= total), "{done} of {total} after {last}");
            last = done;
            if stages.last() != Some(&stage) {
                stages.push(stage);
            }
        }
    }
    assert_eq!(stages, [Stage::Preparing, Stage::Denoising, Stage::Enlarging]);

    let Some(Event { body: Body::End(End::Restored { result, outcome, .. }), .. }) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert_eq!((result.size(), outcome.sigma), (Size::new(120, 120), 25.0));
    cover_once(&events, Size::new(60, 60), result);
}

#[test]
fn tiles_before_the_last_network_are_not_finished() {
    let worker = spawn(fake::opener(Duration::ZERO));
    let photo = photo(100);
    let recipe = Recipe { compression: Compression::Quality(10), ..denoise() };
    worker.try_send(Request::Restore(request(1, &photo, recipe))).expect("room");
    let events = events_of(&worker, 1);
    let Some(Event { body: Body::End(End::Restored { result, .. }), .. }) = events.last() else {
        panic!("{:?}", events.last())
    };
    cover_once(&events, photo.size(), result);
}

/// Checks that unfinished tiles cover `frame` once, and finished ones the result, with equal pixels.
fn cover_once(events: &[Event], frame: Size, result: &Photo) {
    let mut covered = [0, 0];
    for event in events {
        let Event { body: Body::Update(Update::Tile { frame: of, rect, pixels, finished, .. }), .. } = event else {
            continue;
        };
        assert_eq!(*of, if *finished { result.size() } else { frame });
        covered[usize::from(*finished)] += rect.size().area();
        if *finished {
            assert_eq!(*pixels, result.pixels.colours_in(*rect), "tiles equal the result");
        }
    }
    assert_eq!(covered, [frame.area(), result.size().area()]);
}

#[test]
fn cancelling_takes_effect_within_a_tile_and_the_next_job_works() {
    let worker = spawn(fake::opener(Duration::from_millis(50)));
    let photo = photo(400);
    let running = request(1, &photo, denoise());
    let cancel = running.cancel.clone();
    worker.try_send(Request::Restore(running)).expect("room");
    while !matches!(worker.events().recv_timeout(PATIENCE), Ok(Event { body: Body::Update(Update::Tile { .. }), .. })) {
    }
    cancel.cancel();
    let events = events_of(&worker, 1);
    assert!(matches!(events.last(), Some(Event { body: Body::End(End::Partial { outcome: None, .. }), .. })));
    // Of nearly two hundred; some may have been finished before this thread ran.
    let is_tile = |event: &&Event| matches!(event.body, Body::Update(Update::Tile { .. }));
    let tiles = events.iter().filter(is_tile).count();
    assert!(tiles < 100, "{tiles}");

    // A job that is cancelled before it begins, and one that is not.
    let stale = request(2, &photo, denoise());
    stale.cancel.cancel();
    worker.try_send(Request::Restore(stale)).expect("room");
    worker.try_send(Request::Restore(request(3, &self::photo(40), denoise()))).expect("room");
    let events = events_of(&worker, 3);
    assert!(matches!(events[..], [.., Event { body: Body::End(End::Restored { .. }), .. }]));
    assert_eq!(events.iter().filter(|event| event.job == JobId(2) && event.is_end()).count(), 1);
    assert!(
        !events.iter().any(
            |event| event.job == JobId(2) && matches!(event, Event { body: Body::Update(Update::Tile { .. }), .. })
        )
    );
}

#[test]
fn visible_tiles_come_first_even_if_the_focus_moves() {
    let worker = spawn(fake::opener(Duration::from_millis(5)));
    let photo = photo(600);
    let (corner, other) = (Rect::new(0, 0, 20, 20), Rect::new(580, 580, 20, 20));
    // The cells of the result with these parts.
    let (first, then) = (Rect::new(0, 0, 128, 128), Rect::new(512, 512, 88, 88));
    worker
        .try_send(Request::Restore(RestoreRequest { focus: Some(corner), ..request(1, &photo, denoise()) }))
        .expect("room");
    let mut tiles = Vec::new();
    for event in std::iter::from_fn(|| worker.events().recv_timeout(PATIENCE).ok()) {
        match event {
            Event { body: Body::Update(Update::Tile { rect, .. }), .. } => {
                if tiles.is_empty() {
                    assert!(rect.intersects(corner), "first {rect:?}");
                    worker.try_send(Request::Focus { job: JobId(7), rect: corner }).expect("room");
                    worker.try_send(Request::Focus { job: JobId(1), rect: other }).expect("room");
                }
                tiles.push(rect);
            }
            event if event.is_end() => break,
            _ => {}
        }
    }
    // The current block is finished first.
    let finished = tiles.iter().take_while(|tile| tile.intersection(first) == **tile).count();
    assert!(finished > 10 && tiles.len() > 4 * finished, "{finished} of {}", tiles.len());
    let next: Vec<_> = tiles[finished..].iter().take_while(|tile| tile.intersection(then) == **tile).collect();
    assert!(next.iter().map(|tile| tile.size().area()).sum::<usize>() == then.size().area(), "{next:?}");
    assert!(next[0].intersects(other), "{next:?}");
}

/// Issue 16.
#[test]
fn the_focus_of_a_waiting_job_is_kept() {
    let worker = spawn(fake::opener(Duration::from_millis(20)));
    let photo = photo(TILE_SIDE * 12);
    let far = Rect::new(TILE_SIDE * 12 - 8, TILE_SIDE * 12 - 8, 8, 8);
    let first = request(1, &photo, denoise());
    let cancel = first.cancel.clone();
    worker.try_send(Request::Restore(first)).expect("room");
    worker.try_send(Request::Restore(request(2, &photo, denoise()))).expect("room");
    worker.try_send(Request::Focus { job: JobId(2), rect: far }).expect("room");
    // Received between the tiles of the first job.
    while !matches!(
        worker.events().recv_timeout(PATIENCE),
        Ok(Event { body: Body::Update(Update::Progress { done: 3.., .. }), .. })
    ) {}
    cancel.cancel();
    events_of(&worker, 1);
    let tile = loop {
        if let Event { job: JobId(2), body: Body::Update(Update::Tile { rect, .. }) } =
            worker.events().recv_timeout(PATIENCE).expect("an event")
        {
            break rect;
        }
    };
    assert!(tile.intersects(far), "{tile:?}");
}

#[test]
fn a_panic_is_a_failed_job_and_the_next_one_works() {
    let jobs = Arc::new(AtomicUsize::new(0));
    let counter = jobs.clone();
    let worker = spawn(fake::opener_with(Duration::ZERO, move || -> TileHook {
        let first = counter.fetch_add(1, Ordering::Relaxed) == 0;
        Box::new(move |tile| if first && tile == 2 { panic!("the driver fell over") } else { Ok(()) })
    }));
    let photo = photo(100);
    for job in 1..=2 {
        worker.try_send(Request::Restore(request(job, &photo, denoise()))).expect("room");
    }
    let events = events_of(&worker, 1);
    let Some(Event { body: Body::End(End::Failed(error)), .. }) = events.last() else { panic!("{:?}", events.last()) };
    assert!(error.to_string().contains("the driver fell over"), "{error}");
    assert!(matches!(events_of(&worker, 2).last(), Some(Event { body: Body::End(End::Restored { .. }), .. })));
}

/// Opens fakes that fail on every device except the CPU, and records the requested devices and tiles.
fn failing(
    requested: Arc<std::sync::Mutex<Vec<(DeviceChoice, TileChoice)>>>,
    broken: fn(usize) -> Result<(), EngineError>,
) -> RestorerFactory {
    let mut broken_ones = fake::opener_with(Duration::ZERO, move || Box::new(broken));
    let mut whole = fake::opener(Duration::ZERO);
    Box::new(move |choice, tile, task, preparing| {
        requested.lock().expect("one thread").push((choice.clone(), tile));
        let open = if *choice == DeviceChoice::Cpu { &mut whole } else { &mut broken_ones };
        open(choice, tile, task, preparing)
    })
}

/// Whoever waits for it is told: the job that loads the first network, be it an estimate or a restoration, and no other.
#[test]
fn preparing_a_gpu_is_reported_while_it_happens() {
    let opener = || -> RestorerFactory {
        let (mut open, mut is_first) = (fake::opener(Duration::ZERO), true);
        Box::new(move |choice, tile, network, preparing| {
            if std::mem::take(&mut is_first) {
                preparing();
            }
            open(choice, tile, network, preparing)
        })
    };
    let stages = |worker: &Worker, job| {
        let mut stages: Vec<_> = events_of(worker, job)
            .iter()
            .filter_map(|event| match event.body {
                Body::Update(Update::Progress { stage, .. }) => Some(stage),
                _ => None,
            })
            .collect();
        stages.dedup();
        stages
    };
    let prepared = [Stage::Preparing, Stage::PreparingGpu, Stage::Preparing];
    let restored = [Stage::Preparing, Stage::Denoising];
    let photo = photo(60);
    let worker = spawn(opener());
    worker.try_send(Request::Restore(request(1, &photo, denoise()))).expect("room");
    assert_eq!(stages(&worker, 1), [&prepared[..], &restored[1..]].concat());
    let worker = spawn(opener());
    worker.try_send(Request::Estimate(request(1, &photo, denoise()), None)).expect("room");
    worker.try_send(Request::Restore(request(2, &photo, denoise()))).expect("room");
    assert_eq!(stages(&worker, 1), prepared);
    assert_eq!(stages(&worker, 2), restored);
}

#[test]
fn a_failing_device_is_replaced_with_a_notice() {
    let requested = Arc::default();
    let worker = spawn(failing(Arc::clone(&requested), |tile| match tile {
        0 => Ok(()),
        _ => Err(EngineError::Device { device: "Voodoo 2".into(), reason: "it was lost".into() }),
    }));
    let photo = photo(100);
    worker.try_send(Request::Restore(request(1, &photo, Recipe { scale: Scale::X2, ..denoise() }))).expect("room");
    let events = events_of(&worker, 1);
    assert!(matches!(events.last(), Some(Event { body: Body::End(End::Restored { .. }), .. })), "{:?}", events.last());
    let notices: Vec<_> = events
        .iter()
        .filter_map(|event| {
            if let Event { body: Body::Update(Update::Fallback(text)), .. } = event { Some(text) } else { None }
        })
        .collect();
    assert!(notices.iter().all(|text| text.contains("Voodoo 2") && text.contains("it was lost")), "{notices:?}");
    assert!(notices.last().is_some_and(|text| text.contains("CPU")), "{notices:?}");
    // The second stage uses the device of the first.
    let requested = requested.lock().expect("one thread");
    assert_eq!(requested.last(), Some(&(DeviceChoice::Cpu, TileChoice::Auto)));
    assert_eq!(requested.iter().filter(|(choice, _)| *choice == DeviceChoice::Cpu).count(), 2);
}

/// Opens fakes whose output is always corrupted.
fn spoilt(spoil: fn(&mut [f32])) -> RestorerFactory {
    let mut open = fake::opener(Duration::ZERO);
    Box::new(move |choice, tile, task, preparing| {
        let opened = open(choice, tile, task, preparing)?;
        Ok(OpenedRestorer { restorer: Box::new(Spoilt(opened.restorer, spoil)), ..opened })
    })
}

#[test]
fn implausible_output_is_never_a_result() {
    let not_finite: fn(&mut [f32]) = |values| values[5] = f32::NAN;
    let black: fn(&mut [f32]) = |values| values.fill(0.0);
    for (spoil, reason) in [(not_finite, "not finite"), (black, "a different brightness")] {
        let worker = spawn(spoilt(spoil));
        worker.try_send(Request::Restore(request(1, &photo(100), denoise()))).expect("room");
        let events = events_of(&worker, 1);
        // Both the device and the fake CPU are wrong.
        let Some(Event { body: Body::End(End::Failed(error)), .. }) = events.last() else {
            panic!("{:?}", events.last())
        };
        assert!(error.to_string().contains(reason), "{error}");
        assert!(events.iter().any(
            |event| matches!(event, Event { body: Body::Update(Update::Fallback(text)), .. } if text.contains("CPU"))
        ));
        assert!(
            !events.iter().any(|event| matches!(event, Event { body: Body::Update(Update::Tile { .. }), .. })),
            "no wrong tile is shown"
        );
    }
}

/// Corrupts the values of every tile.
struct Spoilt(Box<dyn redawn::engine::Restorer>, fn(&mut [f32]));

impl redawn::engine::Restorer for Spoilt {
    fn device(&self) -> &redawn::engine::DeviceInfo {
        self.0.device()
    }

    fn footprint(&self) -> redawn::engine::Footprint {
        self.0.footprint()
    }

    fn tile_side(&self) -> usize {
        TILE_SIDE
    }

    fn memory(&self, tile: Size) -> u64 {
        self.0.memory(tile)
    }

    fn restore(&mut self, tile: redawn::pixels::Planes) -> Result<redawn::pixels::Planes, EngineError> {
        let mut output = self.0.restore(tile)?;
        (self.1)(output.data_mut());
        Ok(output)
    }
}

#[test]
fn open_and_save_go_through_files_and_fail_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let worker = spawn(fake::opener(Duration::ZERO));
    let path = folder.path().join("Füße.png");
    let saved = photo(30);
    worker
        .try_send(Request::Save {
            job: JobId(1),
            result: Rendition::Photo(saved.clone()),
            path: path.clone(),
            options: SaveOptions::default(),
            full: None,
        })
        .expect("room");
    assert!(
        matches!(events_of(&worker, 1).last(), Some(Event { body: Body::End(End::Saved { path: at, .. }), .. }) if *at == path)
    );
    worker
        .try_send(Request::Open {
            job: JobId(2),
            cancel: JobControl::default(),
            path,
            page: None,
            memory: MemoryLimit::Share,
            measure: Measures::ALL,
        })
        .expect("room");
    let events = events_of(&worker, 2);
    let Some(Event { body: Body::End(End::Opened { photo, .. }), .. }) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert_eq!(photo.pixels, saved.pixels);
    let missing = folder.path().join("missing.png");
    let (cancel, memory) = (JobControl::default(), MemoryLimit::Share);
    worker
        .try_send(Request::Open { job: JobId(3), cancel, path: missing, page: None, memory, measure: Measures::ALL })
        .expect("room");
    assert!(
        matches!(events_of(&worker, 3).last(), Some(Event { body: Body::End(End::Failed(error)), .. }) if error.to_string().contains("missing.png"))
    );
}

#[test]
fn pictures_are_saved_even_after_the_front_end_disconnects() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let worker = spawn(fake::opener(Duration::from_millis(10)));
    let (photo, result) = (photo(2000), Rendition::Photo(photo(30)));
    worker.try_send(Request::Restore(request(1, &photo, denoise()))).expect("room");
    for (job, name) in [(2, "a.png"), (3, "b.png")] {
        let (path, full) = (at(name), Some((result.clone(), at("kept.tif"))));
        let (job, result, options) = (JobId(job), result.clone(), SaveOptions::default());
        worker.try_send(Request::Save { job, result, path, options, full }).expect("room");
    }
    drop(worker);
    for name in ["a.png", "b.png", "kept.tif", "kept (2).tif"] {
        assert!(imaging::open(&at(name)).is_ok(), "{name}");
    }
}

/// A file at a low strength and the one at full strength equal those of separate runs.
#[test]
fn one_run_gives_a_file_at_a_strength_and_the_result_at_full_strength() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let worker = spawn(fake::opener(Duration::ZERO));
    let photo = photo(150);
    let mut jobs = 0;
    let mut run = |strength: f32, target: Target| {
        jobs += 1;
        let recipe = Recipe { strength: Strength::of(strength), scale: Scale::X2, ..denoise() };
        worker.try_send(Request::Restore(RestoreRequest { target, ..request(jobs, &photo, recipe) })).expect("room");
        events_of(&worker, jobs)
    };
    let into = |name: &str, full: Option<&str>| Target::File {
        path: at(name),
        options: SaveOptions::default(),
        full: full.map(at),
    };
    let full_of = |events: &[Event]| match events.last() {
        Some(Event { body: Body::End(End::Written { full, .. }), .. }) => full.clone(),
        other => panic!("{other:?}"),
    };
    let Some(Event { body: Body::End(End::Restored { result, .. }), .. }) = run(0.1, Target::whole()).pop() else {
        panic!("no result")
    };
    for (strength, alone, both) in [(0.1, "alone.png", "both.png"), (0.7, "alone.tif", "both.tif")] {
        assert_eq!(full_of(&run(strength, into(alone, None))), None);
        let full = full_of(&run(strength, into(both, Some("kept/full.tif")))).expect("one at full strength");
        let [alone, both] = [alone, both].map(|name| imaging::open(&at(name)).expect("a picture").photo);
        assert_eq!(alone, both);
        assert_eq!(imaging::open(&full).expect("a picture").photo.pixels, result.pixels);
    }
    assert!(at("kept/full.tif").is_file() && at("kept/full (2).tif").is_file(), "neither is overwritten");

    // If it can't be kept, there is a notice, and the result is written.
    std::fs::write(at("file"), "").expect("written");
    let events = run(0.1, into("only.png", Some("file/full.tif")));
    assert_eq!(full_of(&events), None);
    assert!(events.iter().any(
        |event| matches!(event, Event { body: Body::Update(Update::Notice(text)), .. } if text.contains("full.tif"))
    ));
    assert_eq!(std::fs::read(at("only.png")).expect("a file"), std::fs::read(at("alone.png")).expect("a file"));
    // If the result can't be written, it is not kept either.
    let taken = SaveOptions { if_exists: imaging::IfExists::Skip, ..SaveOptions::default() };
    let target = Target::File { path: at("only.png"), options: taken, full: Some(at("lone/full.tif")) };
    assert!(
        matches!(run(0.1, target).last(), Some(Event { body: Body::End(End::Skipped { path, .. }), .. }) if *path == at("only.png"))
    );
    assert!(!at("lone/full.tif").exists());
}

#[test]
fn a_full_channel_returns_the_request_and_dropping_the_worker_ends_its_job() {
    let tiles = Arc::new(AtomicUsize::new(0));
    let counter = tiles.clone();
    let worker = spawn(fake::opener_with(Duration::from_millis(10), move || {
        let counter = counter.clone();
        Box::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    }));
    let photo = photo(2000);
    let mut refused = false;
    for job in 0..1000 {
        // The first one is running; the channel and the thread hold some.
        refused = worker.try_send(Request::Restore(request(job, &photo, denoise()))).is_err();
        if refused {
            break;
        }
    }
    assert!(refused, "bounded");
    // The events are not read: the worker waits for the full channel, or is about to.
    drop(worker);
    // Of more than five thousand tiles of the first job: the channel holds some hundred events.
    let tiles = tiles.load(Ordering::Relaxed);
    assert!(tiles < 1000, "{tiles}");
}

#[test]
fn an_estimate_warns_of_results_that_cant_be_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let worker = spawn(fake::opener(Duration::ZERO));
    let long = Arc::new(photo_with(&random_photo(Size::new(6_000, 2), 3, 9).colours(), None, Depth::Eight));
    let recipe = Recipe { scale: Scale::X3, ..Recipe::default() };
    let warning_of = |job, path: std::path::PathBuf| {
        let file = FileTarget { path, options: SaveOptions::default() };
        worker.try_send(Request::Estimate(request(job, &long, recipe), Some(file))).expect("room");
        match events_of(&worker, job).pop() {
            Some(Event { body: Body::End(End::Estimated { warning, .. }), .. }) => warning,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(warning_of(1, folder.path().join("owl.png")), None);
    let warning = warning_of(2, folder.path().join("owl.webp")).expect("WebP has a limit");
    assert!(warning.contains("18000 × 6 px") && warning.contains("16383") && warning.contains("PNG"), "{warning}");
    let below_a_file = folder.path().join("file");
    std::fs::write(&below_a_file, "").expect("a file");
    let warning = warning_of(3, below_a_file.join("owl.png")).expect("no folder");
    assert!(warning.contains("another folder"), "{warning}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left behind");

    worker.try_send(Request::Restore(request(4, &long, recipe))).expect("room");
    assert!(matches!(events_of(&worker, 4).last(), Some(Event { body: Body::End(End::Restored { .. }), .. })));
}

/// The fake narrows the range of values, so that a file at full strength is smaller.
#[test]
fn the_estimated_size_of_a_file_is_that_at_its_strength() {
    let worker = spawn(fake::opener(Duration::ZERO));
    let photo = photo(1400);
    let bytes_of = |job, strength| {
        let recipe = Recipe { strength: Strength::of(strength), ..denoise() };
        let file = FileTarget { path: "owl.png".into(), options: SaveOptions::default() };
        worker.try_send(Request::Estimate(request(job, &photo, recipe), Some(file))).expect("room");
        match events_of(&worker, job).pop() {
            Some(Event { body: Body::End(End::Estimated { forecast, .. }), .. }) => forecast.bytes,
            other => panic!("{other:?}"),
        }
    };
    let (full, weak) = (bytes_of(1, 1.0), bytes_of(2, 0.1));
    assert!(full < weak, "{full} < {weak}");
}

/// `auto` takes the best networks for up to 10 seconds a photo; forecast, result and history say which it is.
#[test]
fn slow_photos_get_the_fast_network() {
    let (mut slow, mut quick) = (fake::opener(Duration::from_millis(100)), fake::opener(Duration::ZERO));
    let worker = spawn(Box::new(move |choice, tile, network, preparing| match network.model {
        Model::Fast => quick(choice, tile, network, preparing),
        Model::Best => slow(choice, tile, network, preparing),
    }));
    let (large, small) = (photo(12 * TILE_SIDE), photo(TILE_SIDE));
    let models_of = |job, photo, model| {
        let recipe = Recipe { model, ..denoise() };
        worker.try_send(Request::Estimate(request(job, photo, recipe), None)).expect("room");
        let Some(Event { body: Body::End(End::Estimated { forecast, .. }), .. }) = events_of(&worker, job).pop() else {
            panic!("no estimate");
        };
        worker.try_send(Request::Restore(request(job + 1, photo, recipe))).expect("room");
        match events_of(&worker, job + 1).pop() {
            Some(Event { body: Body::End(End::Restored { result, outcome }), .. }) => {
                let says_fast = result.metadata.history.as_ref().is_some_and(|text| text.contains(" --model fast"));
                assert_eq!(says_fast, outcome.model == Some(Model::Fast));
                (forecast.model, outcome.model)
            }
            other => panic!("{other:?}"),
        }
    };
    let both = |model| (Some(model), Some(model));
    assert_eq!(models_of(1, &large, ModelChoice::Auto), both(Model::Fast));
    assert_eq!(models_of(3, &small, ModelChoice::Auto), both(Model::Best));
    assert_eq!(models_of(5, &small, ModelChoice::Fast), both(Model::Fast));
    let recipe = Recipe { noise: Noise::NONE, compression: Compression::Quality(40), ..denoise() };
    worker.try_send(Request::Restore(request(7, &small, recipe))).expect("room");
    let end = events_of(&worker, 7).pop();
    let Some(Event { body: Body::End(End::Restored { outcome, .. }), .. }) = end else { panic!("{end:?}") };
    assert_eq!(outcome.model, None, "there is one network for artefacts");
}

#[test]
fn the_size_of_a_file_is_estimated_from_its_result() {
    let worker = spawn(fake::opener(Duration::ZERO));
    let photo = photo(900);
    for name in ["owl.png", "owl.jpg"] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = FileTarget { path: folder.path().join(name), options: SaveOptions::default() };
        let (job, result) = (JobId(1), Rendition::Photo(photo.clone()));
        worker.try_send(Request::EstimateFile { job, result, file: file.clone() }).expect("room");
        let Some(Event { body: Body::End(End::FileEstimated { bytes, warning: None }), .. }) =
            events_of(&worker, 1).pop()
        else {
            panic!("no estimate")
        };
        imaging::save(&photo, &file.path, &file.options).expect("saved");
        let saved = std::fs::metadata(&file.path).expect("written").len();
        assert!(bytes.abs_diff(saved) < saved / 5, "{name}: {bytes}, {saved} bytes");
    }
}

/// A fake whose runs are started, as on a GPU; notes when one starts and when its output is wanted. The output of run
/// `broken` fails.
fn noting(
    device: &DeviceInfo,
    broken: Option<usize>,
    notes: Arc<Mutex<Vec<(&'static str, usize)>>>,
) -> Box<dyn Restorer> {
    let mut runs = 0..;
    starting(fake::restorer(device, Duration::ZERO, 0.25), move |fake, tile| {
        let (run, notes) = (runs.next().expect("a number"), notes.clone());
        notes.lock().expect("no panic").push(("start", run));
        let output = match broken == Some(run) {
            true => Err(EngineError::Unusable("lost".into())),
            false => fake.restore(tile),
        };
        Ok(Run::Started(Box::new(move || {
            notes.lock().expect("no panic").push(("finish", run));
            output
        })))
    })
}

/// With best quality too: one orientation of a tile while the one before is finished.
#[test]
fn a_gpu_computes_a_run_while_the_one_before_is_finished() {
    let photo = photo(100);
    let result = |best, open: RestorerFactory| {
        let order = Order::new(photo.clone(), NoiseEstimate::none(), Recipe { best, ..denoise() });
        let (result, _) =
            redawn::restore::restore(&order, &mut { open }, &mut redawn::restore::NoFollower).expect("restored");
        result.pixels
    };
    let expected = [false, true].map(|best| result(best, fake::opener(Duration::ZERO)));
    for (best, broken) in [(false, None), (false, Some(2)), (true, None), (true, Some(9))] {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let noted = notes.clone();
        let restored = result(
            best,
            Box::new(move |choice, _, _, _| {
                let (name, broken) = match choice {
                    DeviceChoice::Cpu => ("CPU", None),
                    _ => ("a GPU", broken),
                };
                let device = DeviceInfo { name: name.into(), kind: DeviceKind::DiscreteGpu, driver: String::new() };
                let restorer = noting(&device, broken, noted.clone());
                Ok(OpenedRestorer { restorer, reason: "requested by a test".into(), notice: None })
            }),
        );
        assert!(restored == expected[usize::from(best)], "best: {best}, broken: {broken:?}");
        let notes = notes.lock().expect("no panic");
        let place = |note| notes.iter().position(|other| *other == note).expect("noted");
        assert!(place(("start", 1)) < place(("finish", 0)), "{notes:?}");
        assert!(place(("finish", 0)) < place(("start", 2)), "one run ahead, not more: {notes:?}");
        if broken.is_none() {
            let of = |what| notes.iter().filter(|(noted, _)| *noted == what).count();
            assert!(of("start") > if best { 24 } else { 3 } && of("start") == of("finish"), "{notes:?}");
            // From one tile to the next as well.
            assert!((1..of("start")).all(|run| place(("start", run)) < place(("finish", run - 1))), "{notes:?}");
        }
    }
}

/// The fake detector finds white; the photo has a white line.
#[test]
fn damage_is_detected_once_and_the_repaired_photo_is_kept() {
    let size = Size::new(90, 70);
    let mut pixels = random_photo(size, 3, 9).colours();
    pixels.data_mut().iter_mut().for_each(|value| *value *= 0.9);
    for y in 10..40 {
        pixels.row_mut(0, y)[30..33].fill(1.0);
    }
    let photo = Arc::new(photo_with(&pixels, None, Depth::Eight));
    let worker = spawn(fake::opener(Duration::ZERO));
    let recipe = Recipe { repair: Repair::Auto(Sensitivity::MEDIUM), ..denoise() };

    let order = Order::new(photo.clone(), NoiseEstimate::none(), recipe);
    worker.try_send(Request::Mark { job: JobId(1), cancel: JobControl::default(), order }).expect("room");
    let Some(Event { body: Body::End(End::Marked { marks, summary, refusal, found }), .. }) =
        events_of(&worker, 1).pop()
    else {
        panic!("not marked");
    };
    assert_eq!((summary.marks, refusal), (1, None));
    assert!(marks.bits().contains(31, 20) && !marks.bits().contains(40, 20));

    let stages_of = |job: u64, recipe: Recipe, found: Option<Arc<DamageMap>>| {
        let mut request = request(job, &photo, recipe);
        request.order.marks.found = found;
        worker.try_send(Request::Restore(request)).expect("room");
        let events = events_of(&worker, job);
        let Some(Event { body: Body::End(End::Restored { outcome, .. }), .. }) = events.last() else {
            panic!("no result")
        };
        assert_eq!(outcome.repaired, Some(summary));
        let detected = events.iter().any(|event| matches!(event.body, Body::Update(Update::Detected(_))));
        let mut stages: Vec<_> = Vec::new();
        let mut last = (0, 0);
        for event in &events {
            if let Body::Update(Update::Progress { stage, done, total }) = event.body {
                assert!(done >= last.0, "{done} after {last:?}");
                (last, stages) = ((done, total), [stages, vec![stage]].concat());
            }
        }
        assert_eq!(last.0, last.1, "all announced passes were run");
        stages.dedup();
        stages.retain(|stage| *stage != Stage::Preparing);
        (detected, stages)
    };
    let (finding, filling, denoising) = (Stage::Finding, Stage::Filling, Stage::Denoising);
    assert_eq!(stages_of(2, recipe, None), (true, vec![finding, filling, denoising]));
    // Another σ, the same marks.
    let other = Recipe { noise: Noise::Sigma(40.0), ..recipe };
    assert_eq!(stages_of(3, other, None), (false, vec![denoising]));
    let sensitive = Recipe { repair: Repair::Auto(Sensitivity::HIGH), ..recipe };
    assert_eq!(stages_of(4, sensitive, None), (false, vec![filling, denoising]));
    assert_eq!(stages_of(5, recipe, found), (false, vec![filling, denoising]));
}

#[test]
fn detection_is_cancelled_within_a_tile() {
    let cancel = JobControl::default();
    let hook_cancel = cancel.clone();
    let open = fake::opener_with(Duration::ZERO, move || {
        let cancel = hook_cancel.clone();
        Box::new(move |tile| {
            assert!(tile < 3, "it went on");
            if tile == 2 {
                cancel.cancel();
            }
            Ok(())
        })
    });
    let worker = spawn(open);
    let recipe = Recipe { repair: Repair::Auto(Sensitivity::MEDIUM), ..Recipe::default() };
    let order = Order::new(photo(300), NoiseEstimate::none(), recipe);
    worker.try_send(Request::Mark { job: JobId(1), cancel, order }).expect("room");
    let last = events_of(&worker, 1).pop();
    assert!(matches!(last, Some(Event { body: Body::End(End::Cancelled), .. })), "{last:?}");
}

/// The network has done its only tile by then.
#[test]
fn a_file_that_is_still_encoded_when_its_job_is_cancelled_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let cancel = JobControl::default();
    let hook_cancel = cancel.clone();
    let open = fake::opener_with(Duration::ZERO, move || {
        let cancel = hook_cancel.clone();
        Box::new(move |_| {
            cancel.cancel();
            Ok(())
        })
    });
    let worker = spawn(open);
    let photo = photo(TILE_SIDE / 2);
    let target = Target::File { path: folder.path().join("owl.avif"), options: SaveOptions::default(), full: None };
    let request = RestoreRequest { cancel, target, ..request(1, &photo, denoise()) };
    worker.try_send(Request::Restore(request)).expect("room");
    let last = events_of(&worker, 1).pop();
    assert!(matches!(last, Some(Event { body: Body::End(End::Cancelled), .. })), "{last:?}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
