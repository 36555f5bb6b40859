//! Restoration into a file: writer threads encode and write the finished rows.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
};

use crossbeam_channel::{Receiver, bounded};

use super::message::{JobControl, JobError};
use crate::{
    engine::{RestorerFactory, panic_text},
    imaging::{
        self, Format, Head, IfExists, MetadataChoice, PageFile, PictureError, Rows, SaveOptions, SaveOutcome, SavedFile,
    },
    pixels::{Raster, Rect, Size},
    restore::{self, Buffering, Follower, Order, Outcome, RepairedPhoto, RestoreError, Throughput, blend_in_place},
};

/// Space to leave free on the disk of optional files (results at full strength), in bytes.
const RESERVE: u64 = 1 << 30;

/// The rows of a result, until its job is cancelled.
struct JobRows<'a> {
    bands: Receiver<Raster>,
    cancel: &'a JobControl,
}

impl Rows for JobRows<'_> {
    fn next(&mut self) -> Option<Raster> {
        self.bands.recv().ok()
    }

    fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Output files of a restoration.
pub struct OutputFiles<'a> {
    /// The result at the recipe's strength, and its options.
    pub target: (&'a Path, &'a SaveOptions),
    /// The result at full strength, if requested.
    pub full: Option<&'a Path>,
    /// Also stops what is still encoded after the restoration.
    pub cancel: &'a JobControl,
}

/// How much of a result is in memory while it is written in this format.
pub fn buffering_for(format: Format, head: &Head, options: &SaveOptions) -> Buffering {
    match (format.is_streamed(), imaging::encoder_memory(head, format, options)) {
        (false, _) => Buffering::Collected,
        (true, 0) => Buffering::Bands,
        (true, memory) => Buffering::BandsAndEncoder(memory),
    }
}

/// Restores into a file. Also returns the name of the file at full strength, if one was written; a failure to write that
/// one becomes a notice.
pub fn restore_into(
    files: &OutputFiles,
    order: &Order,
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
    repaired: &mut Option<RepairedPhoto>,
    follower: &mut dyn Follower,
) -> Result<(SavedFile, Option<PathBuf>, Outcome), JobError> {
    let (path, options) = files.target;
    let head = order.head();
    imaging::check_target(path, &head, options, 0)?;
    let format = imaging::format_of(path).unwrap_or(order.photo.format);
    let buffering = buffering_for(format, &head, options);
    // A file is hardly ever larger than its pixels; a better estimate takes longer.
    if imaging::check_space(path, &head, options, 2 * head.bytes_in(options.depth_of(&head))).is_err() {
        let forecast = restore::forecast(order, None, buffering, (format, options), open, throughput, follower)?;
        imaging::check_space(path, &head, options, forecast.bytes)?;
    }
    let full = files.full.map(|full| check_space_for_full(full, &head).map(|()| full));
    let keeps_full = matches!(full, Some(Ok(_)));
    let order_to_run = if keeps_full { order.at_full_strength() } else { order.clone() };
    let weights = order.weights();

    let (bands, received) = bounded(1);
    let (full_bands, full_received) = bounded(0);
    let (restored, saved, full) = thread::scope(|scope| {
        // Each writer owns its receiver: when it ends, sending fails.
        let write = |bands: Receiver<Raster>, (head, path, options): (Head, _, _)| {
            let mut rows = JobRows { bands, cancel: files.cancel };
            let write = move || imaging::save_rows(&head, &mut rows, path, &options);
            thread::Builder::new().name("redawn-writer".into()).spawn_scoped(scope, write)
        };
        let writer = write(received, (head.clone(), path, *options));
        let full_writer = full.map(|full| full.map(|full| write(full_received, (head.clone(), full, full_options()))));
        let mut done = 0;
        let restored = restore::restore_rows(&order_to_run, buffering, open, repaired, follower, &mut |mut band| {
            if keeps_full {
                // If that writer has failed, the reason is returned when it is joined.
                let _ = full_bands.send(band.clone());
                let Size { width, height } = band.size();
                let rect = Rect::new(0, done, width, height);
                blend_in_place(&order.photo.pixels, head.size, (&mut band, (0, done)), rect, &weights);
                done += height;
            }
            bands.send(band).is_ok()
        });
        // Closes the channels, which ends the writers.
        drop((bands, full_bands));
        (restored, joined(writer), full_writer.map(|writer| writer.and_then(joined)))
    });
    match (both(restored, saved), full) {
        (Ok((saved, outcome)), Some(Ok(full))) => Ok((saved, Some(full.path), outcome)),
        (Ok((mut saved, outcome)), Some(Err(error))) => {
            saved.notices.push(full_not_kept(&error));
            Ok((saved, None, outcome))
        }
        (result, full) => {
            // The file at full strength is useless on its own.
            full.and_then(Result::ok).into_iter().for_each(|full| drop(fs::remove_file(full.path)));
            result.map(|(saved, outcome)| (saved, None, outcome))
        }
    }
}

/// Restores into a page. Also returns sentences about what is not kept.
pub fn restore_page(
    (file, pages_left): (&mut PageFile, f64),
    order: &Order,
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
    repaired: &mut Option<RepairedPhoto>,
    follower: &mut dyn Follower,
) -> Result<(Vec<String>, Outcome), JobError> {
    let (head, options) = (order.head(), *file.options());
    let all = |bytes: u64| (bytes as f64 * pages_left) as u64;
    if file.check(&head, all(2 * head.bytes_in(options.depth_of(&head)))).is_err() {
        let forecast =
            restore::forecast(order, None, Buffering::Bands, (Format::Tiff, &options), open, throughput, follower)?;
        file.check(&head, all(forecast.bytes))?;
    }
    let (bands, rows) = bounded(1);
    let (restored, saved) = thread::scope(|scope| {
        let write = move || file.append(&head, &mut || rows.recv().ok());
        let writer = thread::Builder::new().name("redawn-writer".into()).spawn_scoped(scope, write);
        let restored = restore::restore_rows(order, Buffering::Bands, open, repaired, follower, &mut |band| {
            bands.send(band).is_ok()
        });
        // Closes the channel, which ends the writer.
        drop(bands);
        (restored, ended(writer))
    });
    both(restored, saved)
}

/// The results of a restoration and its writer.
fn both<T>(restored: Result<Outcome, RestoreError>, saved: Result<T, JobError>) -> Result<(T, Outcome), JobError> {
    match (restored, saved) {
        // Its encoder was stopped after the last row.
        (Ok(_), Err(JobError::Picture(PictureError::Unfinished { .. }))) => Err(RestoreError::Cancelled.into()),
        (Ok(outcome), saved) => saved.map(|saved| (saved, outcome)),
        // The file is incomplete because the restoration failed; any other error is the writer's own.
        (Err(error), Err(JobError::Picture(PictureError::Unfinished { .. }))) => Err(error.into()),
        (Err(RestoreError::Cancelled), Err(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
    }
}

/// Saves a result at full strength, and returns the name of its file.
pub fn keep_full(head: &Head, rows: &mut dyn Rows, path: &Path) -> Result<PathBuf, JobError> {
    check_space_for_full(path, head)?;
    Ok(imaging::save_rows(head, rows, path, &full_options())?.path)
}

/// Notice that a result at full strength was not kept.
pub fn full_not_kept(error: &JobError) -> String {
    format!("Changing its strength later will need another run, because the full result could not be kept: {error}")
}

fn full_options() -> SaveOptions {
    SaveOptions { if_exists: IfExists::Rename, metadata: MetadataChoice::Strip, ..SaveOptions::default() }
}

/// The optional file must leave space for the result, which may be on the same disk, and for later ones.
fn check_space_for_full(path: &Path, head: &Head) -> Result<(), JobError> {
    imaging::check_space(path, head, &full_options(), 4 * head.bytes() + RESERVE).map_err(|error| match error {
        PictureError::NoSpace { path, .. } => JobError::NearlyFull(path),
        other => other.into(),
    })
}

type Writer<'scope, T> = ScopedJoinHandle<'scope, Result<T, PictureError>>;

fn ended<T>(writer: io::Result<Writer<T>>) -> Result<T, JobError> {
    let writer = writer.map_err(|error| JobError::Panicked(format!("no thread to write with ({error})")))?;
    Ok(writer.join().map_err(|panic| JobError::Panicked(panic_text(&*panic)))??)
}

fn joined(writer: io::Result<Writer<SavedFile>>) -> Result<SavedFile, JobError> {
    match ended(writer)? {
        SavedFile { outcome: SaveOutcome::Skipped, path, .. } => Err(JobError::Exists(path)),
        saved => Ok(saved),
    }
}
