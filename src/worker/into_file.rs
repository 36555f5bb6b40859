//! A restoration into a file: other threads encode and write the rows that are done.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
};

use crossbeam_channel::{Receiver, bounded};

use crate::{
    engine::{OpenRestorer, panic_text},
    imaging::{self, Format, Head, IfExists, PictureError, SaveOptions, SaveOutcome, Saved},
    pixels::Raster,
    restore::{self, Follower, Hold, Mixing, Order, Outcome, Paces, RestoreError},
};

/// The files of a restoration.
pub struct Files<'a> {
    /// The one at the strength that was ordered, and how it is written.
    pub target: (&'a Path, &'a SaveOptions),
    /// The one at full strength, if it is wanted.
    pub full: Option<&'a Path>,
}

/// Why a restoration into a file has none.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error(transparent)]
    Restoring(#[from] RestoreError),
    #[error(transparent)]
    Saving(#[from] PictureError),
    #[error("{} is there already and was left as it is", imaging::quoted(.0))]
    Taken(PathBuf),
    #[error("an internal error: {0}; please report it, and try again")]
    Panicked(String),
}

/// How much of a result in a file of this format is in memory.
pub fn hold_for(format: Format) -> Hold {
    if format.is_streamed() { Hold::Bands } else { Hold::Collected }
}

/// Restores into a file; answers also with the name of the one at full strength, if there is one. A failure to
/// write that one is a notice.
pub fn restore_into(
    files: &Files,
    order: &Order,
    (open, paces): (&mut OpenRestorer, &mut Paces),
    follower: &mut dyn Follower,
) -> Result<(Saved, Option<PathBuf>, Outcome), Ended> {
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
    // Both may be on one disk, and the one at full strength takes no room from the other.
    let full = files.full.map(|full| imaging::check_room(full, &head, 4 * head.bytes()).map(|()| full));
    let kept = matches!(full, Some(Ok(_)));
    let recipe = if kept { order.recipe.at_full_strength() } else { order.recipe };
    let worked = Order { recipe, ..order.clone() };
    let mut mixing = kept.then(|| Mixing::of(&order.photo.pixels, head.size, order.recipe.strength.shares()));

    // With two writers no band waits: so there are as many in memory as with one.
    let (bands, arriving) = bounded(if kept { 0 } else { 1 });
    let (full_bands, full_arriving) = bounded(0);
    let (restored, saved, full) = thread::scope(|scope| {
        let write = |rows, (head, path, options)| {
            let write = move || save_arriving(rows, head, path, options);
            thread::Builder::new().name("redawn-writer".into()).spawn_scoped(scope, write)
        };
        let writer = write(arriving, (head.clone(), path, *options));
        let full_writer = full.map(|full| {
            full.map(|full| {
                let head = Head { metadata: head.metadata.stripped(), ..head.clone() };
                let options = SaveOptions { if_exists: IfExists::Rename, ..SaveOptions::default() };
                write(full_arriving, (head, full, options))
            })
        });
        let restored = restore::restore_rows(&worked, hold, open, follower, &mut |band| {
            let band = match &mut mixing {
                Some(mixing) => {
                    // When that writer has failed it says why in the end.
                    let _ = full_bands.send(band.clone());
                    mixing.mix(band)
                }
                None => band,
            };
            bands.send(band).is_ok()
        });
        // No more rows: the writers end.
        drop((bands, full_bands));
        let full = full_writer.map(|full| joined(full?));
        (restored, joined(writer), full)
    });
    let ended = match (restored, saved) {
        (Ok(outcome), saved) => saved.map(|saved| (saved, outcome)),
        // The rows ended because the file could not take them.
        (Err(RestoreError::Cancelled), Err(error)) if !error.is_unfinished() => Err(error),
        (Err(error), _) => Err(error.into()),
    };
    match (ended, full) {
        (Ok((saved, outcome)), Some(Ok(full))) => Ok((saved, Some(full.path), outcome)),
        (Ok((mut saved, outcome)), Some(Err(error))) => {
            saved.notices.push(format!("Another strength of it will take another run: {error}"));
            Ok((saved, None, outcome))
        }
        (ended, full) => {
            // Alone it is of no use.
            full.and_then(Result::ok).into_iter().for_each(|full| drop(fs::remove_file(full.path)));
            ended.map(|(saved, outcome)| (saved, None, outcome))
        }
    }
}

fn save_arriving(rows: Receiver<Raster>, head: Head, path: &Path, options: SaveOptions) -> Result<Saved, PictureError> {
    imaging::save_rows(&head, &mut || rows.recv().ok(), path, &options)
}

type Writer<'scope> = ScopedJoinHandle<'scope, Result<Saved, PictureError>>;

fn joined(writer: io::Result<Writer>) -> Result<Saved, Ended> {
    let writer = writer.map_err(|error| Ended::Panicked(format!("no thread to write with ({error})")))?;
    match writer.join().map_err(|panic| Ended::Panicked(panic_text(&*panic)))?? {
        Saved { outcome: SaveOutcome::Skipped, path, .. } => Err(Ended::Taken(path)),
        saved => Ok(saved),
    }
}

impl Ended {
    fn is_unfinished(&self) -> bool {
        matches!(self, Ended::Saving(PictureError::Unfinished { .. }))
    }
}
