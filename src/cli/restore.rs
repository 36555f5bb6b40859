//! `redawn restore`: restores photos one by one.

use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use super::{
    FAILED, INTERRUPTED, RestoreArgs, WRONG_USAGE,
    args::{DamagedArg, RepairArg},
    client::{Client, Marked, Stop},
    input::Input,
    marking::{self, Masks},
    output::{Output, complain, send},
    report::{FinishedPhoto, OutputMode, Report},
    targets::{Destination, has_quality},
};
use crate::{
    engine::{self, DeviceChoice},
    imaging::{self, Format, IfExists, MemoryLimit, PictureError, memory, quoted},
    pixels::Size,
    restore::{Area, Compression, MarkSources, MarkSummary, Mask, Noise},
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
    let inputs = args.inputs.len();
    if args.save_mask.is_some() && args.repair == RepairArg::None {
        return Err("--save-mask needs --repair auto, a sensitivity or a mask: without it nothing is marked".to_owned());
    }
    if let Some(out) = args.save_mask.as_deref().filter(|_| args.repair_only_mask) {
        let destination = marking::destination(out, inputs)?;
        return Input::usage_error(&args.inputs).map_or(Ok(destination), Err);
    }
    let out = args.output.as_deref().unwrap_or(Path::new(""));
    let destination = Destination::new("-o", out, inputs, args.format.map(Into::into))?;
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
    let save_mask = args.save_mask.as_deref().filter(|_| !args.repair_only_mask);
    let mask_destination = save_mask.map(|out| marking::destination(out, args.inputs.len())).transpose()?;
    let option = if args.repair_only_mask { "--save-mask" } else { "-o" };
    let missing = destination.missing_folder(option);
    let missing = missing.or_else(|| mask_destination.as_ref().and_then(|masks| masks.missing_folder("--save-mask")));
    if let Some(sentence) = missing {
        return Err(sentence);
    }
    let mask = args.mask.as_deref().map(|path| MaskFile::read(path, memory, args.elsewhere)).transpose()?;
    // Before the Ctrl+C handler is installed, so that Ctrl+C still ends reading standard input.
    let inputs: Vec<_> = args.inputs.iter().map(|given| Input::new(given, memory)).collect();
    let names: Vec<_> = inputs.iter().map(Input::name).collect();
    let staging = StdoutStaging::new(destination)?;
    let format = if args.repair_only_mask { Some(Format::Png) } else { args.format.map(Into::into) };
    let targets = staging.destination().unwrap_or(destination).targets(&names, format);
    let mask_targets = mask_destination.map(|masks| masks.targets(&names, Some(Format::Png))).unwrap_or_default();
    marking::check_targets(&mask_targets, &targets, &args.inputs)?;
    if args.repair_only_mask {
        marking::check_targets(&targets, &[], &args.inputs)?;
    }
    let given = match &args.repair {
        RepairArg::Masks(path) => Masks::find(path, &names, memory)?,
        RepairArg::None | RepairArg::Auto(_) => Masks::None,
    };
    let mut client = Client::start(engine::opener_on(args.threads.unwrap_or_default()))?;
    for (number, (input, target)) in inputs.iter().zip(&targets).enumerate() {
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
        let work = Work {
            args,
            mask: mask.as_ref(),
            given: &given,
            number,
            input,
            target,
            mask_target: mask_targets.get(number),
        };
        let done = work.run(&mut client, report);
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
        marking::check_size(self.path, self.size, photo).map(|()| self.mask.clone())
    }
}

/// One input, and what to do with it.
struct Work<'a> {
    args: &'a RestoreArgs,
    mask: Option<&'a MaskFile<'a>>,
    given: &'a Masks,
    number: usize,
    input: &'a Input,
    /// The file of the result, or of the marks if only they are written.
    target: &'a Path,
    /// The file of the marks, if they are written too.
    mask_target: Option<&'a PathBuf>,
}

impl Work<'_> {
    /// Returns none if the target exists by now and is to be skipped.
    fn run(&self, client: &mut Client, report: &mut Report) -> Result<Option<FinishedPhoto>, Stop> {
        let begin = Instant::now();
        let &Work { args, target, .. } = self;
        if args.quality.is_some() && !args.repair_only_mask && !has_quality(target) {
            report.notice(format!("--quality is for JPEG and WebP; {} is written without loss", quoted(target)));
        }
        let mut order = self.open(client, report)?;
        let (measured, found) = (order.noise.sigma(), order.photo.metadata.jpeg);
        let options = args.save_options();
        if args.repair_only_mask {
            report.started();
            let (summary, written) = self.mark(&mut order, target, client, report)?;
            let (strength, size, duration) = (args.recipe().strength, order.photo.size(), begin.elapsed());
            return Ok(written.map(|output| FinishedPhoto {
                mask: Some(output.clone()),
                output,
                marks: Some(summary),
                only_marked: true,
                jpeg: None,
                sigma: 0.0,
                clean: false,
                strength,
                device: None,
                duration,
                size,
            }));
        }
        // Without an estimate the restoration makes the same checks.
        if args.json {
            let forecast = client.estimate(order.clone(), target, options)?;
            report.estimated(&forecast, order.recipe.for_networks(&order.mask).quality(found));
            order.memory = MemoryLimit::AlreadyChecked;
        }
        let mut mask = None;
        if let Some(mask_target) = self.mask_target {
            let (_, written) = self.mark(&mut order, mask_target, client, report)?;
            if written.is_none() {
                report.notice(format!("{} exists, and was left as it is", quoted(mask_target)));
            }
            mask = written;
        }
        let written = client.restore_into(order, target, options, |update| report.update(update));
        if let (Err(_), Some(mask)) = (&written, &mask) {
            // The marks of a photo without a result are nothing that was asked for.
            let _ = fs::remove_file(mask);
        }
        let Some((output, size, outcome)) = written? else { return Ok(None) };
        let sigma = if outcome.clean { measured } else { outcome.sigma };
        let (strength, duration) = (args.recipe().strength, begin.elapsed());
        let Outcome { repaired: marks, quality, clean, device, .. } = outcome;
        let source = found.quality().filter(|_| args.jpeg == Compression::Auto).map(|(_, source)| source);
        let jpeg = quality.map(|quality| (quality, source));
        let only_marked = false;
        Ok(Some(FinishedPhoto {
            output,
            mask,
            marks,
            only_marked,
            jpeg,
            sigma,
            clean,
            strength,
            device,
            duration,
            size,
        }))
    }

    /// Opens the photo.
    fn open(&self, client: &mut Client, report: &mut Report) -> Result<Order, Stop> {
        let args = self.args;
        let failed = |sentence: String| Stop::Failed(sentence.into());
        let memory = args.memory.unwrap_or_default();
        // What is filled has the noise of what is around it.
        let needs_noise = matches!(args.noise, Noise::Auto(_)) || args.repair != RepairArg::None;
        let measure = Measures {
            noise: needs_noise && !args.repair_only_mask,
            compression: args.jpeg == Compression::Auto && !args.repair_only_mask,
        };
        let file = self.input.file().map_err(failed)?;
        let (photo, noise) = match args.damaged {
            DamagedArg::Refuse => client.open(file, memory, measure, |update| report.update(update))?,
            DamagedArg::Keep => client.open_damaged(file, memory, measure, |update| report.update(update))?,
        };
        photo.metadata.damage.iter().for_each(|damage| report.notice(damage.notice()));
        let mask = self.mask.map_or_else(|| Ok(Mask::default()), |mask| mask.for_photo(photo.size()));
        let given = self.given.of(self.number, photo.size(), memory).map_err(failed)?;
        let marks = MarkSources { given, ..MarkSources::default() };
        let (recipe, mask, device) = (args.recipe(), mask.map_err(failed)?, args.device.clone());
        Ok(Order { photo, noise, recipe, marks, mask, device, tile: args.tile, memory, watched: false })
    }

    /// Finds the marks, and writes them as PNG. Returns none for a file that exists and is to be skipped.
    fn mark(
        &self,
        order: &mut Order,
        target: &Path,
        client: &mut Client,
        report: &mut Report,
    ) -> Result<(MarkSummary, Option<PathBuf>), Stop> {
        let Marked { marks, summary, refusal, found } = client.mark(order.clone(), |update| report.update(update))?;
        order.marks.found = found;
        if let Some(refusal) = refusal.filter(|_| !self.args.repair_only_mask) {
            return Err(Stop::Failed(refusal.into()));
        }
        let written = marking::save(&marks, target, self.args.if_exists.into());
        Ok((summary, written.map_err(|sentence| Stop::Failed(sentence.into()))?))
    }
}
