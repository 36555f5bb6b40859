//! `redawn restore`: restores photos one by one.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use super::{
    FAILED, INTERRUPTED, RestoreArgs, WRONG_USAGE,
    args::DamagedArg,
    client::{Client, Stop},
    input::Input,
    output::{Output, complain, send},
    report::{FinishedPhoto, OutputMode, Report},
    targets::{Destination, has_quality},
};
use crate::{
    engine::{self, DeviceChoice},
    imaging::{self, IfExists, MemoryLimit, PictureError, memory, quoted},
    pixels::Size,
    restore::{Area, Compression, Mask, Noise},
    worker::{Measures, Order, Outcome},
};
use tempfile::TempDir;

/// Restores every input; continues after failures.
pub fn run(args: &RestoreArgs) -> ExitCode {
    let destination = match destination(args) {
        Ok(destination) => destination,
        Err(sentence) => {
            complain(sentence);
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let output = if destination == Destination::Standard { Output::on_stderr() } else { Output::default() };
    let mut report = Report::new(output_mode(args), args.inputs.len(), output);
    if let Err(sentence) = restore_all(args, &destination, &mut report) {
        report.fail_all(&args.inputs, &sentence);
    }
    let counts = report.summary();
    if counts.cancelled > 0 {
        ExitCode::from(INTERRUPTED)
    } else if counts.failed > 0 || report.is_broken() {
        ExitCode::from(FAILED)
    } else {
        ExitCode::SUCCESS
    }
}

fn output_mode(args: &RestoreArgs) -> OutputMode {
    match (args.json, args.quiet) {
        (true, _) => OutputMode::Json,
        (false, true) => OutputMode::Quiet,
        (false, false) => OutputMode::Text,
    }
}

/// Where the results go.
///
/// # Errors
/// When `-o` or the inputs are wrong: a sentence.
fn destination(args: &RestoreArgs) -> Result<Destination, String> {
    let destination = Destination::new(&args.output, args.inputs.len(), args.format.map(Into::into))?;
    if destination == Destination::Standard {
        if args.json {
            return Err(
                "standard output takes the picture or the lines of --json, not both: name a file after -o".into()
            );
        }
        if io::stdout().is_terminal() {
            return Err(
                "standard output is a terminal: send it into a file or a program, or name a file after -o".into()
            );
        }
    }
    Input::usage_error(&args.inputs).map_or(Ok(destination), Err)
}

/// # Errors
/// If nothing could be started: a sentence.
fn restore_all(args: &RestoreArgs, destination: &Destination, report: &mut Report) -> Result<(), String> {
    let memory = args.memory.unwrap_or_default();
    memory.check_own().map_err(|own| {
        let own = memory::format_bytes(own);
        format!("--memory is less than the program itself uses ({own}); photos need additional memory: allow more")
    })?;
    // Detects a misspelt name before the first photo is read.
    if let DeviceChoice::Named(_) = args.device {
        engine::choose(&args.device).map_err(|error| error.to_string())?;
    }
    if let Some(sentence) = destination.missing_folder() {
        return Err(sentence);
    }
    let mask = args.mask.as_deref().map(|path| MaskFile::read(path, memory, args.elsewhere)).transpose()?;
    // Before the Ctrl+C handler is installed, so that Ctrl+C still ends reading standard input.
    let inputs: Vec<_> = args.inputs.iter().map(|given| Input::new(given, memory)).collect();
    let names: Vec<_> = inputs.iter().map(Input::name).collect();
    let staging = StdoutStaging::new(destination)?;
    let targets = staging.destination().unwrap_or(destination).targets(&names, args.format.map(Into::into));
    let mut client = Client::start(engine::opener_on(args.threads.unwrap_or_default()))?;
    for (input, target) in inputs.iter().zip(&targets) {
        let label = input.label(args.json);
        if client.is_cancelled() {
            report.cancelled(&label);
            continue;
        }
        report.start(&label, target);
        if args.save_options().if_exists == IfExists::Skip && target.symlink_metadata().is_ok() {
            report.skipped(target);
            continue;
        }
        let done = restore_one((args, mask.as_ref()), &mut client, input, target, report);
        match done.and_then(|done| staging.send(done)) {
            Ok(Some(done)) => report.done(&done),
            // Another process has created the file meanwhile.
            Ok(None) => report.skipped(target),
            Err(Stop::Failed(failure)) => report.failed(&input.without_temp_name(failure)),
            Err(Stop::Cancelled) => report.cancelled(&label),
        }
    }
    Ok(())
}

/// Temporary folder for a result that goes to standard output, which receives it as a whole or not at all.
struct StdoutStaging(Option<(TempDir, Destination)>);

impl StdoutStaging {
    fn new(destination: &Destination) -> Result<Self, String> {
        if *destination != Destination::Standard {
            return Ok(Self(None));
        }
        let folder = tempfile::tempdir()
            .map_err(|error| format!("no temporary folder can be created ({error}): make room, or set TMPDIR"))?;
        let destination = Destination::Folder(folder.path().to_owned());
        Ok(Self(Some((folder, destination))))
    }

    /// The destination in place of standard output.
    fn destination(&self) -> Option<&Destination> {
        self.0.as_ref().map(|(_, destination)| destination)
    }

    /// Copies a result to standard output, if it goes there.
    fn send(&self, done: Option<FinishedPhoto>) -> Result<Option<FinishedPhoto>, Stop> {
        match (&self.0, done) {
            (Some(_), Some(done)) => {
                send(&done.output).map_err(|sentence| Stop::Failed(sentence.into()))?;
                Ok(Some(FinishedPhoto { output: PathBuf::from("standard output"), ..done }))
            }
            (_, done) => Ok(done),
        }
    }
}

/// The picture of where to restore.
struct MaskFile<'a> {
    path: &'a Path,
    size: Size,
    mask: Mask,
}

impl<'a> MaskFile<'a> {
    /// # Errors
    /// If it can't be read: a sentence.
    fn read(path: &'a Path, memory: MemoryLimit, elsewhere: u8) -> Result<Self, String> {
        let photo = imaging::open_within(path, memory).map_err(|error| error.to_string())?.photo;
        if let Some(damage) = photo.metadata.damage {
            return Err(PictureError::Damaged { damage }.to_string());
        }
        let size = photo.size();
        let mask = Mask { area: Area::Painted, painting: photo.pixels.into(), elsewhere: f32::from(elsewhere) / 100.0 };
        Ok(Self { path, size, mask })
    }

    /// The mask for a photo of this size.
    ///
    /// # Errors
    /// If it has another size: a sentence.
    fn for_photo(&self, photo: Size) -> Result<Mask, String> {
        if self.size == photo {
            return Ok(self.mask.clone());
        }
        let px = |size: Size| format!("{} × {} px", size.width, size.height);
        let (path, size) = (quoted(self.path), px(self.size));
        Err(format!("the mask {path} is {size}, but the photo is {}: both must have the same size", px(photo)))
    }
}

fn restore_one(
    (args, mask): (&RestoreArgs, Option<&MaskFile>),
    client: &mut Client,
    input: &Input,
    target: &Path,
    report: &mut Report,
) -> Result<Option<FinishedPhoto>, Stop> {
    let begin = Instant::now();
    if args.quality.is_some() && !has_quality(target) {
        report.notice(format!("--quality is for JPEG and WebP; {} is written without loss", quoted(target)));
    }
    let memory = args.memory.unwrap_or_default();
    let measure = Measures { noise: matches!(args.noise, Noise::Auto(_)), compression: args.jpeg == Compression::Auto };
    let file = input.file().map_err(|sentence| Stop::Failed(sentence.into()))?;
    let (photo, noise) = match args.damaged {
        DamagedArg::Refuse => client.open(file, memory, measure, |update| report.update(update))?,
        DamagedArg::Keep => client.open_damaged(file, memory, measure, |update| report.update(update))?,
    };
    photo.metadata.damage.iter().for_each(|damage| report.notice(damage.notice()));
    let measured = noise.sigma();
    let found = photo.metadata.jpeg;
    let (device, tile) = (args.device.clone(), args.tile);
    let mask = mask.map_or_else(|| Ok(Mask::default()), |mask| mask.for_photo(photo.size()));
    let mask = mask.map_err(|sentence| Stop::Failed(sentence.into()))?;
    let mut order = Order { photo, noise, recipe: args.recipe(), mask, device, tile, memory, watched: false };
    let options = args.save_options();
    // Without an estimate the restoration makes the same checks.
    if args.json {
        let forecast = client.estimate(order.clone(), target, options)?;
        report.estimated(&forecast, order.recipe.for_networks(&order.mask).quality(found));
        order.memory = MemoryLimit::AlreadyChecked;
    }
    let written = client.restore_into(order, target, options, |update| report.update(update))?;
    let Some((output, size, outcome)) = written else { return Ok(None) };
    let sigma = if outcome.clean { measured } else { outcome.sigma };
    let (strength, duration) = (args.recipe().strength, begin.elapsed());
    let Outcome { quality, clean, device, .. } = outcome;
    let source = found.quality().filter(|_| args.jpeg == Compression::Auto).map(|(_, source)| source);
    let jpeg = quality.map(|quality| (quality, source));
    Ok(Some(FinishedPhoto { output, jpeg, sigma, clean, strength, device, duration, size }))
}
