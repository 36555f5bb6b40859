//! Output of `restore`: sentences, or JSON lines. Errors go to stderr in both.

mod json;
mod progress;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::ProgressBar;
use serde::Serialize;

pub use self::json::PlanLine;
use self::{
    json::{ForecastFields, RestoreLine},
    progress::{bar_style, progress_bar},
};
use super::{
    client::Failure,
    existing::SkipReason,
    input_list::LeftOut,
    output::{Output, complain},
    terms,
};
use crate::{
    engine::{DeviceInfo, Model},
    imaging::{QualitySource, memory::format_bytes, readable},
    pixels::Size,
    restore::{Forecast, MarkSummary, Strength},
    worker::{Stage, Update},
};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// One line for each photo, and a progress bar on a terminal.
    Text,
    /// One JSON object per line.
    Json,
    /// Errors only.
    Quiet,
}

/// A finished photo.
#[derive(Debug)]
pub struct FinishedPhoto {
    /// The file of the result.
    pub output: PathBuf,
    /// The file of its marks, if that was written.
    pub mask: Option<PathBuf>,
    /// Its marks; none if nothing was to be repaired.
    pub marks: Option<MarkSummary>,
    /// Whether only they were written.
    pub only_marked: bool,
    /// The JPEG quality whose artefacts were removed, and where it was found (none if it was given); none if none were
    /// removed.
    pub jpeg: Option<(u8, Option<QualitySource>)>,
    /// The σ removed, on the 0–255 scale; the measured one if the photo is clean.
    pub sigma: f32,
    /// Whether the photo was found clean, so that no noise was removed.
    pub clean: bool,
    /// The strength of the restoration.
    pub strength: Strength,
    /// The networks that were used; none if none of them has a fast and a best variant.
    pub model: Option<Model>,
    /// The device of the networks; none if no network was needed.
    pub device: Option<DeviceInfo>,
    /// Time from reading to writing.
    pub duration: Duration,
    /// Size of the result in px; of several pages, that of the first.
    pub size: Size,
    /// Number of its pages.
    pub pages: usize,
}

/// Numbers of inputs by result.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Written.
    pub done: usize,
    /// Not written; the reason was printed.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
    /// Stopped by Ctrl+C.
    pub cancelled: usize,
}

/// Prints a run of `restore`, input by input.
pub struct Report {
    mode: OutputMode,
    output: Output,
    summary: RunSummary,
    inputs: usize,
    input: String,
    target: String,
    /// Whether the start line of the input was printed.
    started: bool,
    notices: Vec<String>,
    /// The page in work, from 1, and the number of pages.
    page: (usize, usize),
    bar: ProgressBar,
    /// Whether a file about the run could not be written.
    is_broken: bool,
    /// Whether this is a dry run, which has no summary.
    is_dry: bool,
}

impl Report {
    /// An empty report.
    pub fn new(mode: OutputMode, output: Output) -> Self {
        Self {
            mode,
            output,
            summary: RunSummary::default(),
            inputs: 0,
            input: String::new(),
            target: String::new(),
            started: false,
            notices: Vec::new(),
            page: (1, 1),
            bar: ProgressBar::hidden(),
            is_broken: false,
            is_dry: false,
        }
    }

    /// The inputs are found; `share`: those of this run's share; `left_out`: what is in the folders besides, if there were
    /// any folders.
    pub fn found(&mut self, photos: usize, share: usize, left_out: Option<LeftOut>) {
        self.inputs = share;
        let Some(LeftOut { hidden, other, results }) = left_out else { return };
        match self.mode {
            OutputMode::Json => self.output.json(&RestoreLine::Found { photos, share, hidden, other }),
            OutputMode::Text => {
                let parts = [
                    (hidden > 0).then(|| format!("{hidden} hidden")),
                    (other > 0).then(|| format!("{other} of other kinds")),
                    results.then(|| "the folder of the results".to_owned()),
                ];
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                let left_out =
                    if parts.is_empty() { String::new() } else { format!("; left out: {}", parts.join(", ")) };
                let share = if share == photos { String::new() } else { format!(", {share} of this share") };
                self.output.line(format_args!("{} found{share}{left_out}", terms::photos(photos)));
            }
            OutputMode::Quiet => {}
        }
    }

    /// Starts an input. The following calls are about it, until its end
    /// ([`done`](Self::done), [`failed`](Self::failed), [`skipped`](Self::skipped), [`cancelled`](Self::cancelled)).
    pub fn start(&mut self, input: &Path, output: &Path) {
        self.input = input.to_string_lossy().into_owned();
        self.notices.clear();
        self.page = (1, 1);
        self.started = false;
        self.target = output.to_string_lossy().into_owned();
        if self.mode == OutputMode::Text && std::io::stderr().is_terminal() {
            self.bar = progress_bar(self.name_with_number());
        }
    }

    /// The input continues with a page; the number is from 1.
    pub fn page(&mut self, number: usize, of: usize) {
        self.page = (number, of);
        self.bar.set_prefix(format!("{}, page {number}/{of}", self.name_with_number()));
    }

    /// Prints the estimate for the input; `jpeg`: the quality whose artefacts will be removed.
    pub fn estimated(&mut self, forecast: &Forecast, jpeg: Option<u8>, pages: usize) {
        let &Forecast { size: Size { width, height }, bytes, memory, seconds, model } = forecast;
        let model = model.map(terms::model);
        self.print_start(Some(ForecastFields { jpeg, width, height, bytes, memory, seconds, model, pages }));
    }

    /// The input is started without an estimate.
    pub fn started(&mut self) {
        self.print_start(None);
    }

    /// Prints the start line, once: with the estimate, or without it if the input ends before it is known.
    fn print_start(&mut self, forecast: Option<ForecastFields>) {
        if self.mode == OutputMode::Json && !self.started {
            self.output.json(&RestoreLine::Start { input: &self.input, output: &self.target, forecast });
            self.notices.iter().for_each(|text| self.output.json(&RestoreLine::Notice { input: &self.input, text }));
        }
        self.started = true;
    }

    /// Prints what the worker reports about the input.
    pub fn update(&mut self, update: Update) {
        match update {
            // A dry run starts no input.
            _ if self.input.is_empty() => {}
            Update::Notice(text) | Update::Fallback(text) => self.notice(text),
            Update::Device { device, reason } if self.mode == OutputMode::Json => {
                self.output.json(&RestoreLine::Device {
                    input: &self.input,
                    device: &device.name,
                    kind: terms::kind_in_json(device.kind),
                    driver: &device.driver,
                    reason: &reason,
                });
            }
            Update::Device { device, .. } => self.bar.set_message(format!("Preparing on {}", device.name)),
            Update::Progress { stage, done, total } => self.progress(stage, done, total),
            Update::Detected(_) | Update::Tile { .. } => {}
        }
    }

    /// Prints a notice about the input, which continues.
    pub fn notice(&mut self, text: String) {
        match self.mode {
            // A dry run starts no input.
            _ if self.input.is_empty() => {}
            // Notices from opening it are printed after the start line.
            OutputMode::Json if self.started => {
                self.output.json(&RestoreLine::Notice { input: &self.input, text: &text });
            }
            OutputMode::Json => {}
            OutputMode::Text => self.bar.suspend(|| complain(format_args!("{}: {text}", self.input))),
            OutputMode::Quiet => {}
        }
        self.notices.push(text);
    }

    /// The input ends: its result is written.
    pub fn done(&mut self, done: &FinishedPhoto) {
        self.summary.done += 1;
        self.bar.finish_and_clear();
        let output = done.output.to_string_lossy();
        let device = done.device.as_ref().map(|device| device.name.as_str());
        let [strength, luminance, colour] = done.strength.percents();
        match self.mode {
            OutputMode::Json => self.output.json(&RestoreLine::Done {
                input: &self.input,
                output: &output,
                mask: done.mask.as_ref().map(|mask| mask.to_string_lossy().into_owned()),
                marks: done.marks.map(|summary| summary.marks),
                marked: done.marks.map(|summary| summary.share),
                too_wide: done.marks.map(|summary| summary.too_wide),
                jpeg: done.jpeg.map(|(quality, _)| quality),
                jpeg_from: done.jpeg.and_then(|(_, source)| source).map(terms::quality_source),
                sigma: done.sigma,
                clean: done.clean,
                strength,
                luminance,
                colour,
                model: done.model.map(terms::model),
                device,
                seconds: done.duration.as_secs_f64(),
                width: done.size.width,
                height: done.size.height,
                pages: done.pages,
                notices: &self.notices,
            }),
            OutputMode::Text if done.only_marked => {
                let marks = terms::marks(done.marks.unwrap_or_default());
                let seconds = done.duration.as_secs_f64();
                self.output.line(format_args!("{} -> {output}: {marks}, found in {seconds:.1} s", self.input));
            }
            OutputMode::Text => {
                let repaired = done.marks.map(|summary| match summary {
                    MarkSummary { marks: 0, too_wide: 0, .. } => "no marks found, ".to_owned(),
                    MarkSummary { marks: 0, .. } => format!("{}, ", terms::marks(summary)),
                    _ => format!("repaired ({}), ", terms::marks(summary)),
                });
                let repaired = repaired.unwrap_or_default();
                let jpeg = done.jpeg.map(|(quality, source)| {
                    let source = match source {
                        Some(QualitySource::Pixels) => ", detected in the pixels",
                        Some(QualitySource::File) => ", from the file",
                        None => "",
                    };
                    format!("JPEG artefacts (quality {quality}{source}) removed, ")
                });
                let jpeg = jpeg.unwrap_or_default();
                let noise = match (done.clean, done.sigma > 0.0) {
                    (true, _) => format!("clean (σ {:.1}), no noise removed", done.sigma),
                    (false, true) => format!("noise (σ {}) removed", terms::sigma(done.sigma)),
                    (false, false) => "no noise removed".to_owned(),
                };
                let pages = if done.pages > 1 { format!("{} pages, ", done.pages) } else { String::new() };
                let place = device.map(|name| format!(" on {name}")).unwrap_or_default();
                let model = done.model.map(|model| format!(", {} network", terms::model(model))).unwrap_or_default();
                self.output.line(format_args!(
                    "{} -> {output}: {pages}{repaired}{jpeg}{noise} in {:.1} s{place}{model}, {} × {} px",
                    self.input,
                    done.duration.as_secs_f64(),
                    done.size.width,
                    done.size.height,
                ));
            }
            OutputMode::Quiet => {}
        }
    }

    /// The input ends: it can't be done.
    pub fn failed(&mut self, failure: &Failure) {
        self.print_start(None);
        self.summary.failed += 1;
        self.bar.finish_and_clear();
        if self.mode == OutputMode::Json {
            self.output.json(&RestoreLine::Failed { input: &self.input, reason: failure.sentence() });
        }
        complain(failure.about(Path::new(&self.input)));
    }

    /// All inputs fail for the same reason, which was printed.
    pub fn fail_all(&mut self, inputs: &[PathBuf], reason: &str) {
        for input in inputs {
            self.summary.failed += 1;
            if self.mode == OutputMode::Json {
                self.output.json(&RestoreLine::Failed { input: &input.to_string_lossy(), reason });
            }
        }
    }

    /// A folder fails that was to be searched.
    pub fn failed_place(&mut self, place: &Path, sentence: &str) {
        self.summary.failed += 1;
        if self.mode == OutputMode::Json {
            self.output.json(&RestoreLine::Failed { input: &place.to_string_lossy(), reason: sentence });
        }
        complain(sentence);
    }

    /// A file about the run can't be written, which makes the run fail.
    pub fn broken(&mut self, sentence: &str) {
        complain(sentence);
        self.is_broken = true;
    }

    /// In a dry run: this input would fail.
    pub fn refused(&mut self, input: &Path, sentence: &str) {
        self.summary.failed += 1;
        let input = input.to_string_lossy();
        match self.mode {
            OutputMode::Json => self.output.json(&RestoreLine::Refused { input: &input, reason: sentence }),
            OutputMode::Text | OutputMode::Quiet => complain(format_args!("{input} would fail: {sentence}")),
        }
    }

    /// Ends a dry run.
    pub fn plan(&mut self, plan: PlanLine) {
        let plan = PlanLine { refused: self.summary.failed, ..plan };
        match self.mode {
            OutputMode::Json => self.output.json(&RestoreLine::Plan(plan)),
            OutputMode::Text => {
                let PlanLine {
                    photos,
                    bytes,
                    done,
                    refused,
                    left,
                    measured,
                    with_best,
                    with_fast,
                    seconds,
                    result_bytes,
                } = plan;
                let (photos, bytes) = (terms::photos(photos), format_bytes(bytes));
                self.output.line(format_args!("{photos}, {bytes}: {done} done, {refused} would fail, {left} left"));
                if let (Some(seconds), Some(result_bytes)) = (seconds, result_bytes) {
                    let (time, bytes) = (terms::time(seconds), format_bytes(result_bytes));
                    let counts = [(with_best, "best"), (with_fast, "fast")].into_iter().filter(|(count, _)| *count > 0);
                    let networks: Vec<_> =
                        counts.map(|(count, name)| format!("{count} with the {name} network")).collect();
                    let networks =
                        if networks.is_empty() { String::new() } else { format!(" ({})", networks.join(", ")) };
                    let line = format!("about {time} and {bytes} of results, from {measured} measured{networks}");
                    self.output.line(line);
                }
            }
            OutputMode::Quiet => {}
        }
        self.is_dry = true;
    }

    /// The notices about the input so far.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The input ends: it is skipped.
    pub fn skipped(&mut self, output: &Path, reason: SkipReason) {
        self.print_start(None);
        self.summary.skipped += 1;
        self.bar.finish_and_clear();
        match self.mode {
            OutputMode::Json => {
                let (output, reason) = (&output.to_string_lossy(), terms::skip_reason(reason));
                self.output.json(&RestoreLine::Skipped { input: &self.input, output, reason });
            }
            OutputMode::Text => {
                let output = output.display();
                self.output.line(match reason {
                    SkipReason::Exists => format!("{} skipped: {output} exists", self.input),
                    SkipReason::Done => format!("{} skipped: {output} is done", self.input),
                    SkipReason::Claimed => format!("{} skipped: another process is restoring it", self.input),
                });
            }
            OutputMode::Quiet => {}
        }
    }

    /// The input ends: Ctrl+C.
    pub fn cancelled(&mut self, input: &Path) {
        if self.input == input.to_string_lossy() {
            self.print_start(None);
        }
        self.summary.cancelled += 1;
        self.bar.finish_and_clear();
        if self.mode == OutputMode::Json {
            self.output.json(&RestoreLine::Cancelled { input: &input.to_string_lossy() });
        }
    }

    /// Ends the run. Prints and returns the summary.
    pub fn summary(&mut self) -> RunSummary {
        let RunSummary { done, failed, skipped, cancelled } = self.summary;
        match self.mode {
            _ if self.is_dry => {}
            OutputMode::Json => self.output.json(&RestoreLine::Summary(self.summary)),
            OutputMode::Text if self.inputs > 1 => {
                let parts = [(done, "done"), (failed, "failed"), (skipped, "skipped"), (cancelled, "cancelled")];
                let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
                self.output.line(parts.collect::<Vec<_>>().join(", "));
            }
            _ => {}
        }
        if cancelled > 0 && self.mode != OutputMode::Quiet {
            complain("cancelled; no unfinished files are left");
        }
        self.summary
    }

    /// Whether writing to stdout (other than by a closed pipe) or to a list failed.
    pub fn is_broken(&self) -> bool {
        self.is_broken || self.output.is_broken()
    }

    fn progress(&mut self, stage: Stage, done: usize, total: usize) {
        let (page, pages) = self.page;
        if self.mode == OutputMode::Json {
            self.output.json(&RestoreLine::Progress {
                input: &self.input,
                stage: terms::stage_in_json(stage),
                done,
                total,
                page,
                pages,
            });
        }
        self.bar.set_message(terms::stage(stage));
        // While preparing the total is unknown, and the spinner continues.
        if total > 0 {
            if self.bar.length() != Some(total as u64) {
                self.bar.set_length(total as u64);
                self.bar.set_style(bar_style());
            }
            self.bar.set_position(done as u64);
        }
    }

    /// `photo.jpg`, or `[2/5] photo.jpg` if there are several inputs.
    fn name_with_number(&self) -> String {
        let name = Path::new(&self.input).file_name().unwrap_or_default().to_string_lossy();
        let name = readable(&name);
        let RunSummary { done, failed, skipped, cancelled } = self.summary;
        if self.inputs > 1 {
            format!("[{}/{}] {name}", done + failed + skipped + cancelled + 1, self.inputs)
        } else {
            name.to_string()
        }
    }
}
