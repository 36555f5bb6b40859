//! A restoration into a file: other threads encode and write the rows that are done.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
};

use crossbeam_channel::{Receiver, bounded};

use super::message::JobError;
use crate::{
    engine::{RestorerFactory, panic_text},
    imaging::{self, Format, Head, IfExists, MetadataChoice, PictureError, Rows, SaveOptions, SaveOutcome, Saved},
    pixels::{Raster, Rect, Size},
    restore::{self, Buffering, Follower, Order, Outcome, RestoreError, Throughput, blend_in_place},
};

/// So much is left free on the disk where results at full strength are kept: they can be done without.
const RESERVE: u64 = 1 << 30;

/// The files of a restoration.
pub struct Files<'a> {
    /// The one at the strength that was ordered, and how it is written.
    pub target: (&'a Path, &'a SaveOptions),
    /// The one at full strength, if it is wanted.
    pub full: Option<&'a Path>,
}

/// How much of a result in a file of this format is in memory.
pub fn hold_for(format: Format) -> Buffering {
    if format.is_streamed() { Buffering::Bands } else { Buffering::Collected }
}

/// Restores into a file; answers also with the name of the one at full strength, if there is one. A failure to
/// write that one is a notice.
pub fn restore_into(
    files: &Files,
    order: &Order,
    (open, paces): (&mut RestorerFactory, &mut Throughput),
    follower: &mut dyn Follower,
) -> Result<(Saved, Option<PathBuf>, Outcome), JobError> {
    let (path, options) = files.target;
    let head = order.head();
    imaging::check_target(path, &head, 0)?;
    let format = imaging::format_of(path).unwrap_or(order.photo.format);
    let hold = hold_for(format);
    // Hardly a file is larger than its pixels; how much smaller it is takes a while to tell.
    if imaging::check_room(path, &head, 2 * head.bytes()).is_err() {
        let forecast = restore::forecast(order, hold, (format, options), open, paces)?;
        imaging::check_room(path, &head, forecast.bytes)?;
    }
    let full = files.full.map(|full| check_room_for_full(full, &head).map(|()| full));
    let kept = matches!(full, Some(Ok(_)));
    let recipe = if kept { order.recipe.at_full_strength() } else { order.recipe };
    let worked = Order { recipe, ..order.clone() };
    let weights = order.recipe.strength.weights();

    let (bands, arriving) = bounded(1);
    let (full_bands, full_arriving) = bounded(0);
    let (restored, saved, full) = thread::scope(|scope| {
        // The rows belong to their writer alone: when it ends no more are taken.
        let write = |rows: Receiver<Raster>, (head, path, options): (Head, _, _)| {
            let write = move || imaging::save_rows(&head, &mut || rows.recv().ok(), path, &options);
            thread::Builder::new().name("redawn-writer".into()).spawn_scoped(scope, write)
        };
        let writer = write(arriving, (head.clone(), path, *options));
        let full_writer = full.map(|full| full.map(|full| write(full_arriving, (head.clone(), full, full_options()))));
        let mut done = 0;
        let restored = restore::restore_rows(&worked, hold, open, follower, &mut |mut band| {
            if kept {
                // When that writer has failed it says why in the end.
                let _ = full_bands.send(band.clone());
                let Size { width, height } = band.size();
                let rect = Rect::new(0, done, width, height);
                blend_in_place(&order.photo.pixels, head.size, (&mut band, (0, done)), rect, weights);
                done += height;
            }
            bands.send(band).is_ok()
        });
        // No more rows: the writers end.
        drop((bands, full_bands));
        (restored, joined(writer), full_writer.map(|writer| writer.and_then(joined)))
    });
    let ended = match (restored, saved) {
        (Ok(outcome), saved) => saved.map(|saved| (saved, outcome)),
        // The restoration ended the rows, and so the file; else the file could not be written.
        (Err(error), Err(JobError::Picture(PictureError::Unfinished { .. }))) => Err(error.into()),
        (Err(RestoreError::Cancelled), Err(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
    };
    match (ended, full) {
        (Ok((saved, outcome)), Some(Ok(full))) => Ok((saved, Some(full.path), outcome)),
        (Ok((mut saved, outcome)), Some(Err(error))) => {
            saved.notices.push(not_kept(&error));
            Ok((saved, None, outcome))
        }
        (ended, full) => {
            // Alone it is of no use.
            full.and_then(Result::ok).into_iter().for_each(|full| drop(fs::remove_file(full.path)));
            ended.map(|(saved, outcome)| (saved, None, outcome))
        }
    }
}

/// Keeps a result at full strength in a file; its name.
pub fn keep(head: &Head, rows: &mut dyn Rows, path: &Path) -> Result<PathBuf, JobError> {
    check_room_for_full(path, head)?;
    Ok(imaging::save_rows(head, rows, path, &full_options())?.path)
}

/// What is said when a result at full strength is not kept.
pub fn not_kept(error: &JobError) -> String {
    format!("To move its strength later on will take another run, because all of it could not be kept: {error}")
}

fn full_options() -> SaveOptions {
    SaveOptions { if_exists: IfExists::Rename, metadata: MetadataChoice::Strip, ..SaveOptions::default() }
}

/// It takes no room from the file beside it, which may be on the same disk, nor from those that come.
fn check_room_for_full(path: &Path, head: &Head) -> Result<(), JobError> {
    imaging::check_room(path, head, 4 * head.bytes() + RESERVE).map_err(|error| match error {
        PictureError::NoRoom { path, .. } => JobError::NearlyFull(path),
        other => other.into(),
    })
}

type Writer<'scope> = ScopedJoinHandle<'scope, Result<Saved, PictureError>>;

fn joined(writer: io::Result<Writer>) -> Result<Saved, JobError> {
    let writer = writer.map_err(|error| JobError::Panicked(format!("no thread to write with ({error})")))?;
    match writer.join().map_err(|panic| JobError::Panicked(panic_text(&*panic)))?? {
        Saved { outcome: SaveOutcome::Skipped, path, .. } => Err(JobError::Exists(path)),
        saved => Ok(saved),
    }
}
