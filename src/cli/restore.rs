//! `redawn restore`: restores photos one by one.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    FAILED, INTERRUPTED, RestoreArgs, WRONG_USAGE,
    args::IfExistsArg,
    client::{Client, Stop},
    dry_run,
    existing::{Decision, ExistingResults, Photo, SkipReason, exists_already},
    failed_list::FailedList,
    input::is_standard,
    input_list,
    output::{Output, complain},
    path_text::path_text,
    records::{InputState, Method, Record, Records, now},
    report::{FinishedPhoto, OutputMode, Report, RunSummary},
    run_plan::{self, Refusal, RunPlan},
    sha256::Hash,
    terms,
    work::Work,
};
use crate::engine;

/// Restores every input; continues after failures.
pub fn run(args: &RestoreArgs) -> ExitCode {
    let is_to_stdout = args.output.output.as_deref().is_some_and(is_standard);
    let output = if is_to_stdout { Output::on_stderr() } else { Output::default() };
    let mut report = Report::new(output_mode(args), output);
    let wrong_usage = |sentence: String| {
        complain(sentence);
        ExitCode::from(WRONG_USAGE)
    };
    let destination = match run_plan::destination(args) {
        Ok(destination) => destination,
        Err(sentence) => return wrong_usage(sentence),
    };
    let named = match input_list::named(&args.inputs) {
        Ok(named) => named,
        Err(sentence) => {
            report.fail_all(args.inputs.files_from.as_slice(), &sentence);
            return fail(args, &mut report, &args.inputs.given, &sentence);
        }
    };
    let plan = match RunPlan::new(args, destination, &named) {
        Ok(plan) => plan,
        Err(Refusal::Usage(sentence)) => return wrong_usage(sentence),
        Err(Refusal::Failed(sentence)) => return fail(args, &mut report, &named, &sentence),
    };
    report.found(plan.found, plan.inputs.len(), plan.left_out);
    let ended = if args.reports.dry_run { dry_run::run(&plan, &mut report) } else { restore_all(&plan, &mut report) };
    match ended {
        Ok(()) => exit_code(report.summary(), &report),
        Err(sentence) => {
            let inputs = plan.inputs.iter().map(|input| input.given().to_owned());
            let inputs: Vec<_> = inputs.chain(plan.problems.iter().map(|(place, _)| place.clone())).collect();
            fail(args, &mut report, &inputs, &sentence)
        }
    }
}

/// Nothing was restored: all inputs failed.
fn fail(args: &RestoreArgs, report: &mut Report, inputs: &[PathBuf], sentence: &str) -> ExitCode {
    complain(sentence);
    report.fail_all(inputs, sentence);
    if let Some(path) = args.reports.failed.as_deref().filter(|_| !args.reports.dry_run) {
        let listed = FailedList::create(path, args.inputs.null)
            .and_then(|mut list| inputs.iter().try_for_each(|input| list.add(input)));
        if let Some(error) = listed.err().filter(|error| error != sentence) {
            report.broken(&error);
        }
    }
    report.summary();
    ExitCode::from(FAILED)
}

fn exit_code(counts: RunSummary, report: &Report) -> ExitCode {
    if counts.cancelled > 0 {
        ExitCode::from(INTERRUPTED)
    } else if counts.failed > 0 || report.is_broken() {
        ExitCode::from(FAILED)
    } else {
        ExitCode::SUCCESS
    }
}

fn output_mode(args: &RestoreArgs) -> OutputMode {
    match (args.reports.json, args.reports.quiet) {
        (true, _) => OutputMode::Json,
        (false, true) => OutputMode::Quiet,
        (false, false) => OutputMode::Text,
    }
}

/// # Errors
/// If nothing could be started: a sentence.
fn restore_all(plan: &RunPlan, report: &mut Report) -> Result<(), String> {
    let args = plan.args;
    if let Some((input, sentence)) = plan.refused.first() {
        let more = match plan.refused.len() {
            1 => String::new(),
            count => format!(" (--dry-run lists all {count} of this kind)"),
        };
        return Err(format!("{}: {sentence}{more}", input.display()));
    }
    let mut files = RunFiles {
        records: args.reports.records.as_deref().map(Records::open).transpose()?,
        failed: args.reports.failed.as_deref().map(|path| FailedList::create(path, args.inputs.null)).transpose()?,
    };
    let mut client = Client::start(engine::opener_on(args.device.threads.unwrap_or_default()))?;
    for (place, sentence) in &plan.problems {
        report.failed_place(place, sentence);
        files.add_failed(place, report);
    }
    let mut existing = ExistingResults::new(args.output.if_exists(), &plan.folder);
    for (number, (input, target)) in plan.inputs.iter().zip(&plan.targets).enumerate() {
        let label = input.label(args.reports.json);
        if client.is_cancelled() {
            report.cancelled(label);
            continue;
        }
        report.start(label, target);
        match restore_one(plan, number, &mut existing, &mut files, &mut client, report) {
            Ok(Ended::Done(done)) => report.done(&done),
            Ok(Ended::Skipped(reason)) => report.skipped(target, reason),
            Err(Stop::Failed(failure)) => {
                report.failed(&input.without_temp_name(failure));
                files.add_failed(input.given(), report);
            }
            Err(Stop::Cancelled) => report.cancelled(label),
        }
    }
    Ok(())
}

enum Ended {
    Done(Box<FinishedPhoto>),
    Skipped(SkipReason),
}

fn restore_one(
    plan: &RunPlan,
    number: usize,
    existing: &mut ExistingResults,
    files: &mut RunFiles,
    client: &mut Client,
    report: &mut Report,
) -> Result<Ended, Stop> {
    let failed = |sentence: String| Stop::Failed(sentence.into());
    let (input, target) = (&plan.inputs[number], plan.targets[number].as_path());
    let file = input.file().map_err(failed)?;
    let (name, method) = (plan.name(number), plan.method_of(number).map_err(failed)?);
    let mask_target = plan.mask_targets.get(number).map(PathBuf::as_path);
    let photo = Photo { input: file, target, mask: mask_target, name: &name, method: &method };
    let (if_exists, mut claim) = match existing.decide(photo, files.records.as_mut()).map_err(failed)? {
        Decision::Restore(if_exists, claim) => (if_exists, claim),
        Decision::Skip(reason) => return Ok(Ended::Skipped(reason)),
        Decision::Refuse(sentence) => return Err(failed(sentence)),
    };
    // If it can't be read, opening it says why.
    let source = files.records.as_ref().and_then(|_| InputState::of(file, input.is_standard()).ok());
    let (mask, given) = (plan.mask.as_ref(), &plan.masks);
    let work = Work { args: plan.args, mask, given, number, input, target, mask_target, if_exists };
    let done = plan.staging.send(work.run(&mut claim, client, report)?)?;
    let Some(done) = done else {
        // Another process has created the file meanwhile.
        return match plan.args.output.if_exists() {
            IfExistsArg::Refuse => Err(failed(exists_already(target))),
            _ => Ok(Ended::Skipped(SkipReason::Exists)),
        };
    };
    if let (Some(records), Some(source)) = (&mut files.records, &source) {
        let restored = Restored { name: &plan.name_of(&done.output), source, method: &method, done: &done };
        restored.append_to(records, report.notices()).map_err(failed)?;
    }
    if let Some(claim) = claim {
        claim.finish();
    }
    Ok(Ended::Done(Box::new(done)))
}

/// The files about a run.
struct RunFiles {
    records: Option<Records>,
    failed: Option<FailedList>,
}

impl RunFiles {
    fn add_failed(&mut self, input: &Path, report: &mut Report) {
        if let Some(Err(sentence)) = self.failed.as_mut().map(|list| list.add(input)) {
            report.broken(&sentence);
        }
    }
}

/// A result, how it was made, and from what.
struct Restored<'a> {
    /// Of the file that was written, which may have been numbered.
    name: &'a str,
    source: &'a InputState,
    method: &'a Method,
    done: &'a FinishedPhoto,
}

impl Restored<'_> {
    fn append_to(&self, records: &mut Records, warnings: &[String]) -> Result<(), String> {
        let &Self { name, source, method, done } = self;
        let unreadable = |error| format!("{} could not be read for the records ({error})", done.output.display());
        let output_bytes = done.output.metadata().map_err(unreadable)?.len();
        records.append(&Record {
            name,
            source,
            output: &path_text(&done.output),
            output_sha256: Hash::of_file(&done.output).map_err(unreadable)?,
            output_bytes,
            method,
            sigma: done.sigma,
            clean: done.clean,
            jpeg: done.jpeg.map(|(quality, _)| quality),
            marks: done.marks.map(|summary| summary.marks),
            model: done.model.map(terms::model),
            device: done.device.as_ref().map(|device| device.name.as_str()),
            driver: done.device.as_ref().map(|device| device.driver.as_str()),
            seconds: done.duration.as_secs_f64(),
            width: done.size.width,
            height: done.size.height,
            pages: done.pages,
            warnings,
            finished: now(),
        })
    }
}
