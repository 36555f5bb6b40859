//! `redawn restore --dry-run`: what a run would do, how long it would take, and what it would refuse.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    client::{Client, Stop},
    existing::{Decision, ExistingResults, Photo},
    input::Input,
    records::Records,
    report::{PlanLine, Report},
    run_plan::RunPlan,
    work::Work,
};
use crate::{
    engine::{self, Model},
    imaging::{self, IfExists, PictureError},
    worker::{Stage, Update, pages_left},
};

/// Number of photos that are measured.
const SAMPLES: usize = 9;
/// No further photo is measured after this time.
const LONGEST: Duration = Duration::from_secs(20);

/// Prints the plan. Writes nothing.
///
/// # Errors
/// If the records or a mask can't be read, or the worker can't be started: a sentence.
pub fn run(plan: &RunPlan, report: &mut Report) -> Result<(), String> {
    for (place, sentence) in plan.problems.iter().chain(&plan.refused) {
        report.refused(place, sentence);
    }
    let args = plan.args;
    let mut records = args.reports.records.as_deref().map(Records::open_existing).transpose()?;
    let existing = ExistingResults::new(args.output.if_exists(), &plan.folder);
    let refused: HashSet<&Path> = plan.refused.iter().map(|(input, _)| input.as_path()).collect();
    let mut line = PlanLine { photos: plan.inputs.len(), ..PlanLine::default() };
    let mut left = Vec::new();
    for (number, input) in plan.inputs.iter().enumerate() {
        match size_of(input) {
            Ok(bytes) => {
                line.bytes += bytes;
                if refused.contains(input.given()) {
                    continue;
                }
                let (name, method, file) = (plan.name(number), plan.method_of(number)?, input.file()?);
                let (target, mask) = (&plan.targets[number], plan.mask_targets.get(number).map(PathBuf::as_path));
                let photo = Photo { input: file, target, mask, name: &name, method: &method };
                match existing.decide_now(photo, records.as_mut(), false)? {
                    None | Some(Decision::Restore(..)) => left.push((bytes, number)),
                    Some(Decision::Skip(_)) => line.done += 1,
                    Some(Decision::Refuse(sentence)) => report.refused(input.given(), &sentence),
                }
            }
            Err(sentence) => report.refused(input.given(), &sentence),
        }
    }
    line.left = left.len();
    left.sort_unstable();
    measure(plan, &left, &mut line, report)?;
    report.plan(line);
    Ok(())
}

/// # Errors
/// If the file can't be a photo: a sentence.
fn size_of(input: &Input) -> Result<u64, String> {
    let file = input.file()?;
    match imaging::file_length(file).map_err(|error| error.to_string())? {
        0 => Err(PictureError::Empty { path: file.to_owned() }.to_string()),
        bytes => Ok(bytes),
    }
}

/// Measures the middle photo of each of up to [`SAMPLES`] ranges of file sizes, and extrapolates by the bytes of the range.
fn measure(plan: &RunPlan, left: &[(u64, usize)], line: &mut PlanLine, report: &mut Report) -> Result<(), String> {
    if left.is_empty() {
        return Ok(());
    }
    let mut client = Client::start(engine::opener_on(plan.args.device.threads.unwrap_or_default()))?;
    let (mut seconds, mut result_bytes, mut measured_bytes) = (0.0, 0.0, 0.0);
    let begin = Instant::now();
    for range in left.chunks(left.len().div_ceil(SAMPLES)) {
        let (bytes, number) = range[range.len() / 2];
        if line.measured > 0 && begin.elapsed() > LONGEST {
            break;
        }
        match forecast(plan, number, &mut client, report) {
            Ok(PhotoForecast { seconds: took, result_bytes: result, model }) => {
                match model {
                    Some(Model::Best) => line.with_best += 1,
                    Some(Model::Fast) => line.with_fast += 1,
                    None => {}
                }
                let share = range.iter().map(|(bytes, _)| *bytes as f64).sum::<f64>() / bytes as f64;
                seconds += took * share;
                result_bytes += result as f64 * share;
                measured_bytes += bytes as f64 * share;
                line.measured += 1;
            }
            Err(Stop::Failed(failure)) => {
                let input = &plan.inputs[number];
                report.refused(input.given(), input.without_temp_name(failure).sentence());
                line.left -= 1;
            }
            Err(Stop::Cancelled) => {
                report.cancelled(plan.inputs[number].given());
                return Ok(());
            }
        }
    }
    // Ranges that were not measured are like those that were.
    let all: f64 = left.iter().map(|(bytes, _)| *bytes as f64).sum();
    if measured_bytes > 0.0 {
        line.seconds = Some(seconds * all / measured_bytes);
        line.result_bytes = Some((result_bytes * all / measured_bytes) as u64);
    }
    Ok(())
}

/// What is known of a photo before it is restored.
struct PhotoForecast {
    seconds: f64,
    result_bytes: u64,
    /// The networks that will be used, where there are two.
    model: Option<Model>,
}

fn forecast(plan: &RunPlan, number: usize, client: &mut Client, report: &mut Report) -> Result<PhotoForecast, Stop> {
    let args = plan.args;
    let (input, target, if_exists) = (&plan.inputs[number], &plan.targets[number], IfExists::Replace);
    let (mask, given) = (plan.mask.as_ref(), &plan.masks);
    let mask_target = plan.mask_targets.get(number).map(PathBuf::as_path);
    let work = Work { args, mask, given, number, input, target, mask_target, if_exists };
    let begin = Instant::now();
    let (mut order, pages) = work.open_first(client, report)?;
    let opening = begin.elapsed().as_secs_f64();
    if args.output.repair_only_mask {
        // Preparing the device, which is done once, does not count.
        let mut finding = None;
        work.mark(&mut order, client, |update| {
            if let Update::Progress { stage: Stage::Finding, .. } = update {
                finding.get_or_insert_with(Instant::now);
            }
        })?;
        let finding = finding.map_or(0.0, |begin| begin.elapsed().as_secs_f64());
        return Ok(PhotoForecast { seconds: opening + finding, result_bytes: 0, model: None });
    }
    // What is too wide if it is hidden may be damage.
    let given = order.marks.given.as_ref().filter(|_| !order.recipe.strength.is_none());
    if given.is_some_and(|given| given.marks().check().is_err()) {
        work.mark(&mut order.clone(), client, |_| {})?;
    }
    let (head, options) = (order.head(), args.output.save_options(if_exists));
    let all_pages = if work.writes_pages() { pages_left(&order, &pages) } else { 1.0 };
    let forecast = client.estimate(order, target, options)?;
    let bytes = (forecast.bytes as f64 * all_pages) as u64;
    if all_pages > 1.0 {
        imaging::check_pages(target, &head, &options, 0, bytes)
            .map_err(|error| Stop::Failed(error.to_string().into()))?;
    }
    Ok(PhotoForecast { seconds: (opening + forecast.seconds) * all_pages, result_bytes: bytes, model: forecast.model })
}
