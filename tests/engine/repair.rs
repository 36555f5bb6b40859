//! Scratches: found and filled as in `models/training/repair.py`; nothing else changes; what was filled is kept.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use redawn::{
    engine::{self, DeviceChoice, RestorerFactory, Task, TileChoice},
    imaging::{Depth, MemoryLimit, Photo},
    pixels::{Planes, Raster, Rect, Size},
    restore::{
        self, Buffering, Compression, Effect, Follower, GivenMarks, MarkEdit, MarkEdits, MarkSources, Marks,
        NoFollower, Noise, NoiseEstimate, Order, Recipe, Repair, Scale, Sensitivity, Strength, Stroke, Update,
    },
};

use crate::support::{
    damage,
    golden::max_difference,
    photos::{Random, photo_of, photo_with, random_photo},
};

fn only(repair: Repair) -> Recipe {
    Recipe { repair, compression: Compression::None, noise: Noise::NONE, ..Recipe::default() }
}

fn marks(size: Size, is_marked: impl Fn(usize, usize) -> bool) -> Arc<Marks> {
    let values = (0..size.area()).map(|at| f32::from(u8::from(is_marked(at % size.width, at / size.width))));
    of_mask(&Planes::new(1, size, values.collect()))
}

fn of_mask(mask: &Planes) -> Arc<Marks> {
    Arc::new(Marks::from_mask(&Raster::from_planes(mask, None, Depth::Eight)))
}

/// The same marks, as if they had been found: what the photo has there is used.
fn seen(marks: &Marks) -> Arc<Marks> {
    let mask = marks.to_mask().colours_in(marks.size().rect());
    of_mask(&Planes::new(1, mask.size(), mask.data().iter().map(|value| 0.75 * value).collect()))
}

/// An order to fill these marks, on the CPU.
fn filling(photo: &Photo, marks: &Arc<Marks>, recipe: Recipe) -> Order {
    given(photo, GivenMarks::Known(marks.clone()), recipe)
}

/// The same, of a mask.
fn filling_mask(photo: &Photo, marks: &Arc<Marks>) -> Order {
    given(photo, GivenMarks::Mask(marks.clone()), only(Repair::Given))
}

fn given(photo: &Photo, marks: GivenMarks, recipe: Recipe) -> Order {
    let marks = MarkSources { given: Some(marks), ..MarkSources::default() };
    let device = DeviceChoice::Cpu;
    Order { marks, device, ..Order::new(Arc::new(photo.clone()), NoiseEstimate::none(), recipe) }
}

fn restored(order: &Order, open: &mut RestorerFactory) -> Photo {
    restore::restore(order, open, &mut NoFollower).expect("restored").0
}

/// A diagonal, a wide spot, and a column at the right edge.
fn scratches(size: Size) -> Arc<Marks> {
    marks(size, |x, y| x.abs_diff(y) < 2 || x.abs_diff(90) < 14 && y.abs_diff(40) < 11 || x + 2 >= size.width)
}

#[test]
fn damage_is_found_as_in_python() {
    for case in damage::load("detect").1 {
        let photo = Arc::new(photo_of(case.picture));
        for tile in [TileChoice::Auto, TileChoice::Px(16)] {
            let recipe = only(Repair::Auto(Sensitivity::MEDIUM));
            let order =
                Order { device: DeviceChoice::Cpu, tile, ..Order::new(photo.clone(), NoiseEstimate::none(), recipe) };
            let (_, found) = restore::mark(&order, &mut damage::opener(), &mut NoFollower).expect("marks");
            let found = found.expect("it was detected");
            for y in 0..photo.size().height {
                for (found, expected) in found.row(y).iter().zip(case.output.row(0, y)) {
                    let off = (f32::from(*found) / 255.0 - expected).abs();
                    assert!(off <= 0.5 / 255.0 + 1e-4, "{:?} {tile:?}: {off}", photo.size());
                }
            }
        }
    }
}

#[test]
fn marks_are_filled_as_in_python() {
    let cases = damage::load("repair").1;
    let mut compared = 0;
    for case in cases {
        let photo = photo_of(case.picture.clone());
        let mask = case.mask.expect("a mask");
        let given = of_mask(&mask);
        if given.hides_all() {
            let error =
                restore::restore(&filling(&photo, &given, only(Repair::Given)), &mut damage::opener(), &mut NoFollower);
            assert!(error.expect_err("nothing to fill it from").to_string().contains("all of the photo is marked"));
            continue;
        }
        for tile in [TileChoice::Auto, TileChoice::Px(16)] {
            let order = Order { tile, ..filling(&photo, &given, only(Repair::Given)) };
            let result = restored(&order, &mut damage::opener());
            let difference = max_difference(&result.colours(), &case.output);
            assert!(difference <= 1e-4, "{:?} {tile:?}: {difference}", photo.size());
            assert!(max_difference(&result.colours(), &case.picture) > 0.1, "{:?}: it was filled", photo.size());
            compared += 1;
        }
    }
    assert_eq!(compared, 8);
}

/// Every sample further than 2 px from a mark is the photo's, whatever its format and the tiles; the others don't depend on
/// the tiles.
#[test]
fn only_marks_and_two_pixels_around_them_change() {
    let size = Size::new(203, 131);
    let given = scratches(size);
    let near = |x: usize, y: usize| {
        let around = Rect::new(x, y, 1, 1).grown(2, size);
        given.bits().intersects(around)
    };
    for (channels, has_alpha, depth) in [
        (3, false, Depth::Eight),
        (1, false, Depth::Eight),
        (3, true, Depth::Eight),
        (3, false, Depth::Sixteen),
        (1, true, Depth::Sixteen),
        (3, false, Depth::Float),
    ] {
        let colours = random_photo(size, channels, 5).colours();
        let edges = (0..size.area()).map(|at| [0.0, 1.0, 0.4][(at / 7) % 3]);
        let alpha = has_alpha.then(|| Planes::new(1, size, edges.collect()));
        let photo = photo_with(&colours, alpha.as_ref(), depth);
        let mut changed = 0;
        let mut results = Vec::new();
        for tile in [TileChoice::Auto, TileChoice::Px(16), TileChoice::Px(48)] {
            let order = Order { tile, ..filling(&photo, &given, only(Repair::Given)) };
            let result = restored(&order, &mut damage::opener());
            let mut rows = Vec::new();
            let mut open = damage::opener();
            restore::restore_rows(&order, Buffering::Bands, &mut open, &mut None, &mut NoFollower, &mut |band| {
                rows.push(band);
                true
            })
            .expect("restored");
            for (y, x) in (0..size.height).flat_map(|y| (0..size.width).map(move |x| (y, x))) {
                for channel in 0..photo.pixels.channels() {
                    let [before, after] = [&photo, &result].map(|photo| photo.pixels.value(channel, x, y));
                    if near(x, y) && channel < channels {
                        changed += usize::from(before != after);
                    } else {
                        assert_eq!(before, after, "{channels} {has_alpha} {depth:?} {tile:?} at {x}, {y}");
                    }
                }
            }
            let (mut y, one_level) = (0, if depth == Depth::Eight { 1.01 / 255.0 } else { 2e-5 });
            for band in &rows {
                let part = Rect::new(0, y, size.width, band.size().height);
                let whole = result.pixels.colours_in(part);
                assert!(max_difference(&band.colours_in(band.size().rect()), &whole) <= one_level);
                y += part.height;
            }
            assert_eq!(y, size.height);
            results.push(result.colours());
            assert!(results.iter().all(|other| max_difference(other, &results[0]) <= one_level), "{tile:?}");
        }
        assert!(changed > 1000, "{changed}");
    }
}

/// Counts how often each network is opened.
fn counting(counts: Arc<[AtomicUsize; 3]>) -> RestorerFactory {
    let mut open = damage::opener();
    Box::new(move |choice, tile, network, preparing| {
        let index = [Task::Detect, Task::Repair].iter().position(|other| *other == network.task).unwrap_or(2);
        counts[index].fetch_add(1, Ordering::Relaxed);
        open(choice, tile, network, preparing)
    })
}

/// The runs of each stage, in order.
#[derive(Default)]
struct Stages(Vec<(restore::Stage, usize)>, Option<(usize, usize)>);

impl Follower for Stages {
    fn update(&mut self, update: Update) {
        if let Update::Progress { stage, done, total } = update {
            match self.0.last_mut() {
                Some((last, runs)) if *last == stage => *runs += 1,
                _ => self.0.push((stage, 1)),
            }
            self.1 = Some((done, total));
        }
    }

    fn focus(&mut self) -> Option<Rect> {
        None
    }

    fn checkpoint(&self) -> bool {
        false
    }
}

#[test]
fn another_sigma_fills_nothing_again() {
    let photo = random_photo(Size::new(203, 131), 3, 5);
    let counts: Arc<[AtomicUsize; 3]> = Arc::default();
    let (mut open, mut repaired) = (counting(counts.clone()), None);
    let first = filling(&photo, &scratches(photo.size()), Recipe { noise: Noise::Sigma(20.0), ..only(Repair::Given) });
    let mut run = |order: &Order| {
        let mut stages = Stages::default();
        let mut rows = Vec::new();
        restore::restore_rows(order, Buffering::Bands, &mut open, &mut repaired, &mut stages, &mut |band| {
            rows.push(band);
            true
        })
        .expect("restored");
        let (done, total) = stages.1.expect("progress");
        assert_eq!(done, total, "the announced passes were run");
        (rows, stages.0.iter().any(|(stage, _)| *stage == restore::Stage::Filling))
    };
    let (rows, filled) = run(&first);
    assert!(filled);
    let other = Order { recipe: Recipe { noise: Noise::Sigma(30.0), ..first.recipe }, ..first.clone() };
    let (others, filled) = run(&other);
    assert!(!filled && others != rows);
    assert_eq!(run(&first), (rows, false));
    // Other marks are filled.
    let edits = MarkEdits::default().with(MarkEdit::Remove([5.5, 5.5]));
    assert!(run(&Order { marks: MarkSources { edits, ..first.marks.clone() }, ..first }).1);
    assert_eq!(counts[0].load(Ordering::Relaxed), 0, "nothing had to be detected");
}

#[test]
fn a_part_is_that_of_the_whole_and_marks_elsewhere_cost_nothing() {
    let photo = random_photo(Size::new(400, 300), 3, 8);
    let given = marks(photo.size(), |x, y| x.abs_diff(60) < 3 && y < 100 || x.abs_diff(340) < 3 && y > 200);
    let order = filling(&photo, &given, only(Repair::Given));
    let whole = restored(&order, &mut damage::opener());
    let [marked, unmarked] = [Rect::new(20, 20, 90, 70), Rect::new(150, 100, 100, 90)].map(|rect| {
        let mut stages = Stages::default();
        let part = restore::restore_part(&order, rect, &mut damage::opener(), &mut None, &mut stages).expect("a part");
        let [part, expected] = [part.colours_in(rect.size().rect()), whole.pixels.colours_in(rect)];
        assert!(max_difference(&part, &expected) <= 1e-5);
        let (done, total) = stages.1.expect("progress");
        assert_eq!(done, total);
        total
    });
    // The marks of half the size are filled for any part, those of the photo's own size in this part only.
    assert_eq!(marked, unmarked + 1);
}

#[test]
fn an_undamaged_photo_stays_as_it_is_and_is_detected_once() {
    // In a plain one, random weights find nothing.
    let photo = Arc::new(photo_with(&Planes::filled(3, Size::new(120, 90), 0.5), None, Depth::Eight));
    let counts: Arc<[AtomicUsize; 3]> = Arc::default();
    let mut open = counting(counts.clone());
    let recipe = only(Repair::Auto(Sensitivity::of(0)));
    let mut order = Order { device: DeviceChoice::Cpu, ..Order::new(photo.clone(), NoiseEstimate::none(), recipe) };
    let (found, outcome) = restore::restore(&order, &mut open, &mut NoFollower).expect("restored");
    assert_eq!(outcome.repaired.map(|summary| summary.marks), Some(0));
    assert!(found.pixels == photo.pixels);
    assert_eq!(counts[0].load(Ordering::Relaxed), 1);
    let (marks, map) = restore::mark(&order, &mut open, &mut NoFollower).expect("marks");
    assert!(marks.is_empty());
    order.marks.found = map;
    let before = counts[0].load(Ordering::Relaxed);
    restore::mark(&order, &mut open, &mut NoFollower).expect("marks");
    assert_eq!(counts[0].load(Ordering::Relaxed), before);
}

#[test]
fn strength_and_size_follow_the_repair() {
    let photo = random_photo(Size::new(131, 97), 3, 4);
    let given = scratches(photo.size());
    let run = |recipe: Recipe| restored(&filling(&photo, &given, recipe), &mut damage::opener());
    let plain = only(Repair::Given);
    let full = run(plain).colours();
    let half = run(Recipe { strength: Strength::of(0.5), ..plain }).colours();
    let before = photo.colours();
    for ((half, full), before) in half.data().iter().zip(full.data()).zip(before.data()) {
        assert!((half - (full + before) / 2.0).abs() <= 1e-6);
    }
    assert_eq!(run(Recipe { strength: Strength::of(0.0), ..plain }), photo);
    // As if the repaired photo had been enlarged.
    let enlarged = run(Recipe { scale: Scale::X2, ..plain }).colours();
    let repaired = filling(&photo_of(full), &given, Recipe { scale: Scale::X2, ..only(Repair::None) });
    assert!(max_difference(&restored(&repaired, &mut damage::opener()).colours(), &enlarged) <= 1e-4);
}

#[test]
fn what_is_filled_has_the_grain_of_its_surroundings() {
    let size = Size::new(240, 180);
    let sigma = 10.0;
    let mut random = Random(3);
    let values = (0..3 * size.area()).map(|_| 0.5 + random.normal() * sigma / 255.0).collect();
    let photo = photo_with(&Planes::new(3, size, values), None, Depth::Eight);
    let is_marked = |x: usize, y: usize| x.abs_diff(120) < 5 && y > 20;
    let given = marks(size, is_marked);
    let deviation = |noise: NoiseEstimate, recipe: Recipe, [from, to]: [usize; 2]| {
        let order = Order { noise, ..filling(&photo, &given, recipe) };
        let result = restored(&order, &mut engine::opener()).colours();
        // Of the values of these columns from the mean around them.
        let mut squares = 0.0;
        let places = (30..170).flat_map(|y| (from..to).map(move |x| (x, y)));
        for (x, y) in places.clone() {
            let around: f32 = (y - 3..=y + 3)
                .flat_map(|y| (x - 2..=x + 2).map(move |x| (x, y)))
                .map(|(x, y)| result.row(1, y)[x])
                .sum();
            squares += (255.0 * (result.row(1, y)[x] - around / 35.0)).powi(2) * 35.0 / 34.0;
        }
        (squares / places.count() as f32).sqrt()
    };
    let filled = |noise: NoiseEstimate, recipe: Recipe| deviation(noise, recipe, [117, 124]);
    let grain = filled(NoiseEstimate::white(sigma), only(Repair::Given));
    assert!((0.75..1.3).contains(&(grain / sigma)), "{grain}");
    let clean = filled(NoiseEstimate::none(), only(Repair::Given));
    assert!(clean < 0.5 * sigma, "{clean}");
    let denoised = Recipe { noise: Noise::Sigma(sigma), ..only(Repair::Given) };
    let denoised = filled(NoiseEstimate::white(sigma), denoised);
    assert!(denoised < 0.3 * sigma, "{denoised}");
    // If only a part of the noise is removed, the filled part keeps as much of it as the rest.
    let partly = Recipe { noise: Noise::Sigma(0.3 * sigma), ..only(Repair::Given) };
    let [inside, outside] =
        [[117, 124], [150, 157]].map(|columns| deviation(NoiseEstimate::white(sigma), partly, columns));
    assert!((0.7..1.4).contains(&(inside / outside)), "{inside} inside, {outside} outside");
}

/// A mark that was found on an intact part changes it less than a painted one; a line is removed in both.
#[test]
fn an_intact_part_that_is_marked_changes_less_if_it_was_found() {
    let size = Size::new(240, 180);
    let sigma = 8.0;
    let mut random = Random(4);
    // Diagonal stripes with noise, and a line over them.
    let stripes = |x: usize, y: usize| if ((x + y) / 8).is_multiple_of(2) { 0.35 } else { 0.55 };
    let is_line = |x: usize| x.abs_diff(60) < 3;
    let values = (0..size.area()).map(|at| {
        let (x, y) = (at % size.width, at / size.width);
        if is_line(x) { 0.97 } else { stripes(x, y) + random.normal() * sigma / 255.0 }
    });
    let values: Vec<f32> = values.collect();
    let photo = photo_with(&Planes::new(3, size, [&values[..]; 3].concat()), None, Depth::Eight);
    let is_intact_mark = |x: usize, y: usize| x.abs_diff(160) < 8 && y.abs_diff(90) < 40;
    let given = marks(size, |x, y| x.abs_diff(60) < 4 || is_intact_mark(x, y));
    let run = |marks: &Arc<Marks>| {
        let order = Order { noise: NoiseEstimate::white(sigma), ..filling(&photo, marks, only(Repair::Given)) };
        restored(&order, &mut engine::opener()).colours()
    };
    let (hidden, seen) = (run(&given), run(&seen(&given)));
    let places = || (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    let mean = |values: &mut dyn Iterator<Item = f32>| {
        let values: Vec<f32> = values.collect();
        values.iter().sum::<f32>() / values.len() as f32
    };
    let change = |result: &Planes| {
        let places = places().filter(|(x, y)| is_intact_mark(*x, *y));
        mean(&mut places.map(|(x, y)| 255.0 * (result.row(1, y)[x] - photo.pixels.value(1, x, y)).abs()))
    };
    let (of_seen, of_hidden) = (change(&seen), change(&hidden));
    println!("intact: changed by {of_seen} seen, {of_hidden} hidden, in levels");
    assert!(of_seen < 0.85 * of_hidden, "{of_seen} seen, {of_hidden} hidden");
    for (name, result) in [("seen", &seen), ("hidden", &hidden)] {
        let line = places().filter(|(x, _)| is_line(*x));
        let off = mean(&mut line.map(|(x, y)| (result.row(1, y)[x] - stripes(x, y)).abs()));
        println!("line, {name}: off by {}", 255.0 * off);
        assert!(off < 0.12, "{name}: the line is still there: {off}");
    }
}

#[test]
fn a_grey_photo_is_filled_like_one_of_equal_colours() {
    let size = Size::new(131, 97);
    let grey = random_photo(size, 1, 6).colours();
    let colours = Planes::new(3, size, [grey.data(); 3].concat());
    for given in [scratches(size), seen(&scratches(size))] {
        let [grey, colours] = [&grey, &colours].map(|planes| {
            let photo = photo_with(planes, None, Depth::Float);
            restored(&filling(&photo, &given, only(Repair::Given)), &mut damage::opener()).colours()
        });
        let mean = |i: usize| (0..3).map(|channel| colours.plane(channel)[i]).sum::<f32>() / 3.0;
        let off = (0..size.area()).map(|i| (grey.plane(0)[i] - mean(i)).abs()).fold(0.0, f32::max);
        assert!(off <= 0.02, "{off}");
    }
}

#[test]
fn marks_that_are_too_wide_are_refused_where_they_are() {
    let size = Size::new(400, 300);
    let photo = random_photo(size, 3, 8);
    let spot = |radius: usize| marks(size, move |x, y| x.abs_diff(250) <= radius && y.abs_diff(160) <= radius);
    let run = |marks: &Arc<Marks>| {
        restore::restore(&filling(&photo, marks, only(Repair::Given)), &mut damage::opener(), &mut NoFollower)
    };
    assert!(run(&spot(63)).is_ok());
    let error = run(&spot(64)).expect_err("too wide").to_string();
    assert!(error.contains("column 250, row 160 is too wide") && error.contains("more than 64 px"), "{error}");
    // Torn corners reach further.
    assert!(run(&marks(size, |x, y| x < 100 && y < 100)).is_ok());
    assert!(marks(size, |x, y| x < 101 && y < 101).check().is_err());
}

/// Holes that show nothing of the picture stay if they are too wide; damage that the picture shows through is filled.
#[test]
fn wide_holes_stay_as_they_are() {
    let size = Size::new(400, 340);
    let is_near = |x: usize, y: usize, radius: usize| x.abs_diff(190) <= radius && y.abs_diff(160) <= radius;
    // Tiles, here and there.
    let mut random = Random(8);
    let tiles = (0..3 * size.area()).map(|at| {
        let (x, y) = (at % size.width, at / size.width % size.height);
        0.2 + 0.05 * random.uniform() + if (x / 56 + y / 56) % 2 == 0 && (x / 8 + y / 8) % 2 == 0 { 0.4 } else { 0.0 }
    });
    let texture = Planes::new(3, size, tiles.collect());
    // The marks may be wider than the hole.
    for (radius, hole, stays) in [(110, None, false), (140, Some(124), true), (63, Some(63), false)] {
        let mut picture = texture.clone();
        let is_hole = |x: usize, y: usize| hole.is_some_and(|hole| is_near(x, y, hole));
        for (channel, y) in (0..3).flat_map(|channel| (0..size.height).map(move |y| (channel, y))) {
            let row = picture.row_mut(channel, y).iter_mut().enumerate();
            row.filter(|(x, _)| is_hole(*x, y)).for_each(|(_, value)| *value = 1.0);
        }
        let photo = photo_with(&picture, None, Depth::Float);
        let mask = seen(&marks(size, |x, y| is_near(x, y, radius)));
        let mut results = Vec::new();
        for tile in [TileChoice::Auto, TileChoice::Px(48)] {
            let order = Order { tile, ..filling_mask(&photo, &mask) };
            let (result, outcome) = restore::restore(&order, &mut damage::opener(), &mut NoFollower).expect("restored");
            assert_eq!(outcome.repaired.expect("marks").too_wide, usize::from(stays));
            results.push(result.colours());
        }
        let (one, before) = (&results[0], photo.colours());
        assert!(max_difference(one, &results[1]) < 1e-4);
        let px = (0..size.area()).map(|at| (at % size.width, at / size.width));
        for (x, y) in px.filter(|(x, y)| is_near(*x, *y, radius)) {
            let is_same = (0..3).all(|channel| one.row(channel, y)[x] == before.row(channel, y)[x]);
            assert_eq!(is_same, stays, "column {x}, row {y} of {radius}, {hole:?}");
        }
    }
    let blank = photo_with(&Planes::filled(3, size, 0.7), None, Depth::Eight);
    let result = restored(&filling_mask(&blank, &seen(&marks(size, |_, _| true))), &mut damage::opener());
    assert_eq!(result.pixels, blank.pixels, "all of it");
}

/// Of a mask, what is damage is used, and all else is hidden.
#[test]
fn damage_in_a_mask_is_told_from_what_is_to_be_replaced() {
    let size = Size::new(320, 240);
    // Hills with a translucent white scratch, and a dark ball.
    let is_scratch = |x: usize, y: usize| x.abs_diff(60 + y / 8) < 3;
    let is_ball = |x: usize, y: usize| x.abs_diff(220).pow(2) + y.abs_diff(120).pow(2) < 900;
    let hills = |x: usize, y: usize| 0.45 + 0.12 * (x as f32 / 23.0).sin() + 0.1 * (y as f32 / 17.0).cos();
    let value = |x: usize, y: usize, channel: usize| match (is_scratch(x, y), is_ball(x, y)) {
        (true, _) => 0.3 * hills(x, y) + 0.7,
        (_, true) => [0.35, 0.2, 0.1][channel] + 0.1 * (1.0 - (x.abs_diff(212) as f32 / 40.0)),
        _ => hills(x, y),
    };
    let at = |i: usize| (i % size.width, i % size.area() / size.width, i / size.area());
    let values = (0..3 * size.area()).map(|i| value(at(i).0, at(i).1, at(i).2));
    let photo = photo_with(&Planes::new(3, size, values.collect()), None, Depth::Eight);
    let given = marks(size, |x, y| is_scratch(x, y) || is_ball(x, y));
    let mark = |order: &Order| restore::mark(order, &mut engine::opener(), &mut NoFollower).expect("marks");
    let (marks, found) = mark(&filling_mask(&photo, &given));
    assert!(found.is_none() && marks.bits() == given.bits());
    let hidden = |is_in: &dyn Fn(usize, usize) -> bool| {
        let places = (0..size.area()).map(|i| (i % size.width, i / size.width)).filter(|(x, y)| is_in(*x, *y));
        let hidden: Vec<bool> = places.map(|(x, y)| marks.hidden().contains(x, y)).collect();
        (hidden.contains(&true), hidden.contains(&false))
    };
    assert_eq!([hidden(&is_scratch), hidden(&is_ball)], [(false, true), (true, false)]);
    // Once more, and grey, it is the same; and restored as it is marked.
    let again = |given: Arc<Marks>| mark(&filling_mask(&photo, &given)).0;
    assert_eq!(again(Arc::new(marks.clone())), marks);
    assert_eq!(again(seen(&given)).to_mask(), seen(&given).to_mask());
    let restored = |order: &Order| restored(order, &mut engine::opener()).pixels;
    let known = Arc::new(marks);
    assert_eq!(restored(&filling_mask(&photo, &given)), restored(&filling(&photo, &known, only(Repair::Given))));
    assert_ne!(restored(&filling_mask(&photo, &given)), restored(&filling(&photo, &given, only(Repair::Given))));
}

/// Pictures of one row or column are halved too, until something is unmarked.
#[test]
fn a_single_row_is_filled_from_both_sides() {
    for size in [Size::new(300, 1), Size::new(1, 300)] {
        let photo = photo_with(&Planes::filled(3, size, 0.6), None, Depth::Float);
        let given = marks(size, |x, y| (100..150).contains(&(x + y)));
        let result = restored(&filling(&photo, &given, only(Repair::Given)), &mut engine::opener()).colours();
        let off = max_difference(&result, &photo.colours());
        assert!(off < 0.1, "{size:?}: {off}");
    }
}

#[test]
fn values_beyond_white_stay_beside_a_mark() {
    let size = Size::new(120, 90);
    let photo = photo_with(&Planes::filled(3, size, 3.0), None, Depth::Float);
    let given = marks(size, |x, _| x.abs_diff(60) < 3);
    let result = restored(&filling(&photo, &given, only(Repair::Given)), &mut engine::opener()).colours();
    for x in [56, 57, 63, 64] {
        let value = result.row(0, 45)[x];
        assert!((value - 3.0).abs() < 0.2, "{value} in column {x}");
    }
    assert!(result.row(0, 45)[60] <= 1.0, "the network's own values end at white");
}

#[test]
fn too_little_memory_is_said_before_anything_is_computed() {
    let photo = random_photo(Size::new(400, 300), 3, 8);
    let recipe = only(Repair::Auto(Sensitivity::MEDIUM));
    let order =
        Order { device: DeviceChoice::Cpu, ..Order::new(Arc::new(photo.clone()), NoiseEstimate::none(), recipe) };
    let order = Order { memory: MemoryLimit::Bytes(1), ..order };
    let error = restore::mark(&order, &mut damage::opener(), &mut NoFollower).expect_err("no memory").to_string();
    assert!(error.contains("finding scratches in 400 × 300 px needs about"), "{error}");
    let rect = Rect::new(0, 0, 50, 50);
    let part = restore::restore_part(&order, rect, &mut damage::opener(), &mut None, &mut NoFollower);
    assert!(part.expect_err("no memory").to_string().contains("more memory"));
}

#[test]
fn the_history_can_be_repeated() {
    let photo = Arc::new(random_photo(Size::new(40, 30), 3, 8));
    let mut order = Order::new(photo, NoiseEstimate::none(), only(Repair::Auto(Sensitivity::MEDIUM)));
    let says = |order: &Order, option: &str| order.head().metadata.history.is_some_and(|text| text.contains(option));
    assert!(says(&order, "(--repair medium "));
    order.marks.edits = MarkEdits::default().with(MarkEdit::Remove([5.5, 5.5]));
    assert!(says(&order, "(--repair MASK "), "marks changed by hand");
}

#[test]
fn edits_apply_in_their_order() {
    let size = Size::new(100, 80);
    let given = marks(size, |x, y| y == 10 && (5..50).contains(&x) || (60..64).contains(&x) && y > 40);
    let stroke = |y: f32, effect: Effect| {
        MarkEdit::Stroke(Stroke { points: vec![[20.0, y], [40.0, y]], radius: 3.0, feather: 0.0, effect })
    };
    let edited = |edits: Vec<MarkEdit>| {
        let sources = MarkSources {
            given: Some(GivenMarks::Known(given.clone())),
            edits: edits.into(),
            ..MarkSources::default()
        };
        sources.marks(Repair::Given, size)
    };
    let count = |marks: &Marks| marks.summary().marks;
    assert_eq!(count(&edited(vec![])), 2);
    let added = edited(vec![stroke(30.0, Effect::Add)]);
    assert_eq!(count(&added), 3);
    assert!(added.bits().contains(30, 28) && added.bits().contains(38, 31) && !added.bits().contains(30, 34));
    // Painted ones are hidden, of the others those that are white in the mask; none that are not marked.
    let of_grey = |edits: Vec<MarkEdit>| (*seen(&given)).clone().edited(&edits.into());
    assert!(of_grey(vec![]).hidden().is_empty() && given.hidden() == given.bits());
    let painted = of_grey(vec![stroke(30.0, Effect::Add)]);
    assert!(painted.hidden().contains(30, 28) && !painted.hidden().contains(30, 10) && painted.bits() == added.bits());
    assert!(of_grey(vec![stroke(30.0, Effect::Add), stroke(30.0, Effect::Erase)]).hidden().is_empty());
    assert!(of_grey(vec![stroke(30.0, Effect::Add), MarkEdit::Remove([30.0, 30.0])]).hidden().is_empty());
    // Cut in two, of which one is removed; then a bridge.
    let cut = edited(vec![stroke(10.0, Effect::Erase), MarkEdit::Remove([7.0, 10.5])]);
    assert_eq!(count(&cut), 2);
    assert!(!cut.bits().contains(6, 10) && !cut.bits().contains(30, 10) && cut.bits().contains(47, 10));
    assert_eq!(edited(vec![stroke(10.0, Effect::Add), stroke(10.0, Effect::Erase)]).summary(), {
        edited(vec![stroke(10.0, Effect::Erase)]).summary()
    });
    assert_eq!(edited(vec![MarkEdit::Remove([-3.0, 900.0])]), *given);
    assert_eq!(given.near([62.0, 38.0], 5.0), Some([62.0, 41.5]));
    assert_eq!(given.near([80.0, 38.0], 5.0), None);
    let stored = serde_json::to_string(&MarkEdits::from(vec![stroke(3.5, Effect::Add), MarkEdit::Remove([1.0, 2.5])]));
    let again: MarkEdits = serde_json::from_str(&stored.expect("JSON")).expect("edits");
    assert_eq!(Vec::from(again), [stroke(3.5, Effect::Add), MarkEdit::Remove([1.0, 2.5])]);
}
