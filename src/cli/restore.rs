//! `redawn restore`: restores photos one by one.

use std::{path::Path, process::ExitCode};

use super::{
    FAILED, INTERRUPTED, RestoreArgs, WRONG_USAGE,
    args::IfExistsArg,
    client::{Client, Stop},
    dry_run,
    existing::{Decision, ExistingResults, Photo, SkipReason, exists_already},
    failed_list::FailedList,
    input::is_standard,
    output::{Output, complain},
    records::{InputState, Method, Record, Records, now},
    report::{FinishedPhoto, OutputMode, Report, RunSummary},
    run_plan::{Refusal, RunPlan},
    sha256::Hash,
    work::Work,
};
use crate::engine;

/// Restores every input; continues after failures.
pub fn run(args: &RestoreArgs) -> ExitCode {
    let is_to_stdout = args.output.output.as_deref().is_some_and(is_standard);
    let output = if is_to_stdout { Output::on_stderr() } else { Output::default() };
    let mut report = Report::new(output_mode(args), output);
    let plan = match RunPlan::new(args) {
        Ok(plan) => plan,
        Err(Refusal::Usage(sentence)) => {
            complain(sentence);
            return ExitCode::from(WRONG_USAGE);
        }
        Err(Refusal::Failed(sentence)) => return fail(args, &mut report, &sentence),
    };
    report.found(plan.found, plan.inputs.len(), plan.left_out);
    let ended = if args.reports.dry_run { dry_run::run(&plan, &mut report) } else { restore_all(&plan, &mut report) };
    match ended {
        Ok(()) => exit_code(report.summary(), &report),
        Err(sentence) => fail(args, &mut report, &sentence),
    }
}

fn fail(args: &RestoreArgs, report: &mut Report, sentence: &str) -> ExitCode {
    report.fail_all(&args.inputs.given, sentence);
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
    let mut books = Books {
        records: args.reports.records.as_deref().map(Records::open).transpose()?,
        failed: args.reports.failed.as_deref().map(|path| FailedList::create(path, args.inputs.null)).transpose()?,
    };
    let mut client = Client::start(engine::opener_on(args.device.threads.unwrap_or_default()))?;
    for (place, sentence) in &plan.problems {
        report.failed_place(place, sentence);
        books.add_failed(place, report);
    }
    let mut existing = ExistingResults::new(args.output.if_exists(), &plan.folder);
    for (number, (input, target)) in plan.inputs.iter().zip(&plan.targets).enumerate() {
        let label = input.label(args.reports.json);
        if client.is_cancelled() {
            report.cancelled(label);
            continue;
        }
        report.start(label, target);
        match restore_one(plan, number, &mut existing, &mut books, &mut client, report) {
            Ok(Ended::Done(done)) => report.done(&done),
            Ok(Ended::Skipped(reason)) => report.skipped(target, reason),
            Err(Stop::Failed(failure)) => {
                report.failed(&input.without_temp_name(failure));
                books.add_failed(input.given(), report);
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
    books: &mut Books,
    client: &mut Client,
    report: &mut Report,
) -> Result<Ended, Stop> {
    let failed = |sentence: String| Stop::Failed(sentence.into());
    let (input, target) = (&plan.inputs[number], plan.targets[number].as_path());
    let file = input.file().map_err(failed)?;
    let (name, method) = (plan.name(number), plan.method_of(number).map_err(failed)?);
    let photo = Photo { input: file, target, name: &name, method: &method };
    // The claim is held to the end of this function, after the record is written.
    let (if_exists, _claim) = match existing.decide(photo, books.records.as_mut()).map_err(failed)? {
        Decision::Restore(if_exists, claim) => (if_exists, claim),
        Decision::Skip(reason) => return Ok(Ended::Skipped(reason)),
        Decision::Refuse(sentence) => return Err(failed(sentence)),
    };
    // If it can't be read, opening it says why.
    let source = books.records.as_ref().and_then(|_| InputState::of(file).ok());
    let (mask, given, mask_target) = (plan.mask.as_ref(), &plan.masks, plan.mask_targets.get(number));
    let work = Work { args: plan.args, mask, given, number, input, target, mask_target, if_exists };
    let done = plan.staging.send(work.run(client, report)?)?;
    let Some(done) = done else {
        // Another process has created the file meanwhile.
        return match plan.args.output.if_exists() {
            IfExistsArg::Refuse => Err(failed(exists_already(target))),
            _ => Ok(Ended::Skipped(SkipReason::Exists)),
        };
    };
    if let (Some(records), Some(source)) = (&mut books.records, &source) {
        let record = RecordOf { name: &name, input: input.given(), source, method: &method, done: &done };
        record.append(records, report.notices()).map_err(failed)?;
    }
    Ok(Ended::Done(Box::new(done)))
}

/// The files that are kept about a run.
struct Books {
    records: Option<Records>,
    failed: Option<FailedList>,
}

impl Books {
    fn add_failed(&mut self, input: &Path, report: &mut Report) {
        if let Some(Err(sentence)) = self.failed.as_mut().map(|list| list.add(input)) {
            report.broken(&sentence);
        }
    }
}

/// A result for the records.
struct RecordOf<'a> {
    name: &'a str,
    input: &'a Path,
    source: &'a InputState,
    method: &'a Method,
    done: &'a FinishedPhoto,
}

impl RecordOf<'_> {
    fn append(&self, records: &mut Records, warnings: &[String]) -> Result<(), String> {
        let &Self { name, input, source, method, done } = self;
        let unreadable = |error| format!("{} could not be read for the records ({error})", done.output.display());
        let output_bytes = done.output.metadata().map_err(unreadable)?.len();
        records.append(&Record {
            name,
            input: &input.to_string_lossy(),
            source,
            output: &done.output.to_string_lossy(),
            output_sha256: Hash::of_file(&done.output).map_err(unreadable)?,
            output_bytes,
            method,
            sigma: done.sigma,
            clean: done.clean,
            jpeg: done.jpeg.map(|(quality, _)| quality),
            marks: done.marks.map(|summary| summary.marks),
            device: done.device.as_ref().map(|device| device.name.as_str()),
            driver: done.device.as_ref().map(|device| device.driver.as_str()),
            seconds: done.duration.as_secs_f64(),
            width: done.size.width,
            height: done.size.height,
            warnings,
            finished: now(),
        })
    }
}
