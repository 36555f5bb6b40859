//! What `restore` prints: lines for people, or JSON lines for scripts. Errors go to stderr in both.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{
    client::Failure,
    output::{Output, complain},
    terms,
};
use crate::{
    engine::DeviceInfo,
    imaging::{QualitySource, readable},
    pixels::Size,
    restore::{Forecast, Strength},
    worker::Update,
};

/// For whom to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A person: one line for each photo, and a progress bar on a terminal.
    Person,
    /// A script: one JSON object a line.
    Script,
    /// Nobody: errors only.
    Nobody,
}

/// One finished photo.
#[derive(Debug)]
pub struct Done {
    /// Where the result is.
    pub output: PathBuf,
    /// The JPEG quality whose artefacts were removed, and where it was found; none when none were.
    pub jpeg: Option<(u8, Option<QualitySource>)>,
    /// The σ removed; the estimated one when the photo was found clean.
    pub sigma: f32,
    /// Whether the photo was found clean and its noise left alone.
    pub clean: bool,
    /// How much of the restored picture is in the result.
    pub strength: Strength,
    /// Where the network ran; none when it was not needed.
    pub device: Option<DeviceInfo>,
    /// From reading to written.
    pub duration: Duration,
    /// Size of the result in px.
    pub size: Size,
}

/// How many inputs ended in which way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Written.
    pub done: usize,
    /// Not written, for a reason that was said.
    pub failed: usize,
    /// Left alone, because the output was there.
    pub skipped: usize,
    /// Not done because of Ctrl+C.
    pub cancelled: usize,
}

/// One JSON line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    Start {
        input: &'a str,
        output: &'a str,
        #[serde(flatten)]
        forecast: Option<Figures>,
    },
    Device {
        input: &'a str,
        device: &'a str,
        kind: &'a str,
        driver: &'a str,
        reason: &'a str,
    },
    Notice {
        input: &'a str,
        text: &'a str,
    },
    Progress {
        input: &'a str,
        stage: &'a str,
        done: usize,
        total: usize,
    },
    Done {
        input: &'a str,
        output: &'a str,
        jpeg: Option<u8>,
        jpeg_from: Option<&'a str>,
        sigma: f32,
        clean: bool,
        strength: u8,
        luminance: u8,
        colour: u8,
        device: Option<&'a str>,
        seconds: f64,
        width: usize,
        height: usize,
        notices: &'a [String],
    },
    Failed {
        input: &'a str,
        reason: &'a str,
    },
    Skipped {
        input: &'a str,
        output: &'a str,
    },
    Cancelled {
        input: &'a str,
    },
    Summary(Counts),
}

/// What a restoration will come to.
#[derive(Serialize)]
struct Figures {
    jpeg: Option<u8>,
    width: usize,
    height: usize,
    bytes: u64,
    memory: u64,
    seconds: f64,
}

/// Prints a run of `restore`, input by input.
pub struct Report {
    audience: Audience,
    output: Output,
    counts: Counts,
    inputs: usize,
    input: String,
    target: String,
    /// Whether the input's beginning was said.
    started: bool,
    notices: Vec<String>,
    bar: ProgressBar,
}

impl Report {
    /// A report on so many inputs.
    pub fn new(audience: Audience, inputs: usize, output: Output) -> Self {
        Self {
            audience,
            output,
            counts: Counts::default(),
            inputs,
            input: String::new(),
            target: String::new(),
            started: false,
            notices: Vec::new(),
            bar: ProgressBar::hidden(),
        }
    }

    /// An input's turn begins; what follows is about it until its ending
    /// ([`done`](Self::done), [`failed`](Self::failed), [`skipped`](Self::skipped), [`cancelled`](Self::cancelled)).
    pub fn start(&mut self, input: &Path, output: &Path) {
        self.input = input.to_string_lossy().into_owned();
        self.notices.clear();
        self.started = false;
        self.target = output.to_string_lossy().into_owned();
        if self.audience == Audience::Person && std::io::stderr().is_terminal() {
            self.bar = progress_bar(self.name_with_number());
        }
    }

    /// What the input will come to is known now, and which JPEG quality's artefacts will be taken out.
    pub fn estimated(&mut self, forecast: &Forecast, jpeg: Option<u8>) {
        let &Forecast { size: Size { width, height }, bytes, memory, seconds } = forecast;
        self.say_start(Some(Figures { jpeg, width, height, bytes, memory, seconds }));
    }

    /// Scripts hear of the beginning once: with the figures, or without them when it ends before they
    /// are known.
    fn say_start(&mut self, forecast: Option<Figures>) {
        if self.audience == Audience::Script && !self.started {
            self.output.json(&Line::Start { input: &self.input, output: &self.target, forecast });
            self.notices.iter().for_each(|text| self.output.json(&Line::Notice { input: &self.input, text }));
        }
        self.started = true;
    }

    /// Something happened to the input.
    pub fn update(&mut self, update: Update) {
        match update {
            Update::Notice(text) | Update::Fallback(text) => self.notice(text),
            Update::Device { device, reason } if self.audience == Audience::Script => {
                self.output.json(&Line::Device {
                    input: &self.input,
                    device: &device.name,
                    kind: terms::kind_in_json(device.kind),
                    driver: &device.driver,
                    reason: &reason,
                });
            }
            Update::Device { device, .. } => self.bar.set_message(format!("preparing on {}", device.name)),
            Update::Progress { stage, done, total } => self.progress(terms::stage(stage), done, total),
            Update::Tile { .. } => {}
        }
    }

    /// Something a person should know about the input, which goes on.
    pub fn notice(&mut self, text: String) {
        match self.audience {
            // Those of its opening follow its beginning.
            Audience::Script if self.started => self.output.json(&Line::Notice { input: &self.input, text: &text }),
            Audience::Script => {}
            Audience::Person => self.bar.suspend(|| complain(format_args!("{}: {text}", self.input))),
            Audience::Nobody => {}
        }
        self.notices.push(text);
    }

    /// The input ends: it is written.
    pub fn done(&mut self, done: &Done) {
        self.counts.done += 1;
        self.bar.finish_and_clear();
        let output = done.output.to_string_lossy();
        let device = done.device.as_ref().map(|device| device.name.as_str());
        let [strength, luminance, colour] = done.strength.percents();
        match self.audience {
            Audience::Script => self.output.json(&Line::Done {
                input: &self.input,
                output: &output,
                jpeg: done.jpeg.map(|(quality, _)| quality),
                jpeg_from: done.jpeg.and_then(|(_, source)| source).map(terms::quality_source),
                sigma: done.sigma,
                clean: done.clean,
                strength,
                luminance,
                colour,
                device,
                seconds: done.duration.as_secs_f64(),
                width: done.size.width,
                height: done.size.height,
                notices: &self.notices,
            }),
            Audience::Person => {
                let jpeg = done.jpeg.map(|(quality, source)| {
                    let seen = if source == Some(QualitySource::Pixels) { " (seen in the picture)" } else { "" };
                    format!("artefacts of JPEG quality {quality}{seen} removed, ")
                });
                let jpeg = jpeg.unwrap_or_default();
                let noise = match (done.clean, done.sigma > 0.0) {
                    (true, _) => format!("clean already (σ {:.1}), nothing to denoise", done.sigma),
                    (false, true) => format!("noise σ {:.1} removed", done.sigma),
                    (false, false) => "noise left as it is".to_owned(),
                };
                let place = device.map(|name| format!(" on {name}")).unwrap_or_default();
                self.output.line(format_args!(
                    "{} -> {output}: {jpeg}{noise}, {} × {} px, {:.1} s{place}",
                    self.input,
                    done.size.width,
                    done.size.height,
                    done.duration.as_secs_f64(),
                ));
            }
            Audience::Nobody => {}
        }
    }

    /// The input ends: it can't be done.
    pub fn failed(&mut self, failure: &Failure) {
        self.say_start(None);
        self.counts.failed += 1;
        self.bar.finish_and_clear();
        if self.audience == Audience::Script {
            self.output.json(&Line::Failed { input: &self.input, reason: failure.sentence() });
        }
        complain(failure.about(Path::new(&self.input)));
    }

    /// No input can be done, for a reason that is the same for all: said once.
    pub fn refuse_all(&mut self, inputs: &[PathBuf], reason: &str) {
        for input in inputs {
            self.counts.failed += 1;
            if self.audience == Audience::Script {
                self.output.json(&Line::Failed { input: &input.to_string_lossy(), reason });
            }
        }
        complain(reason);
    }

    /// The input ends: its output was there already.
    pub fn skipped(&mut self, output: &Path) {
        self.say_start(None);
        self.counts.skipped += 1;
        self.bar.finish_and_clear();
        match self.audience {
            Audience::Script => {
                self.output.json(&Line::Skipped { input: &self.input, output: &output.to_string_lossy() });
            }
            Audience::Person => self.output.line(format_args!("{} skipped: {} exists", self.input, output.display())),
            Audience::Nobody => {}
        }
    }

    /// The input ends: Ctrl+C.
    pub fn cancelled(&mut self, input: &Path) {
        if self.input == input.to_string_lossy() {
            self.say_start(None);
        }
        self.counts.cancelled += 1;
        self.bar.finish_and_clear();
        if self.audience == Audience::Script {
            self.output.json(&Line::Cancelled { input: &input.to_string_lossy() });
        }
    }

    /// The run ends. Says how many inputs ended in which way, and answers with it.
    pub fn summary(&mut self) -> Counts {
        let Counts { done, failed, skipped, cancelled } = self.counts;
        match self.audience {
            Audience::Script => self.output.json(&Line::Summary(self.counts)),
            Audience::Person if self.inputs > 1 => {
                let parts = [(done, "done"), (failed, "failed"), (skipped, "skipped"), (cancelled, "cancelled")];
                let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
                self.output.line(parts.collect::<Vec<_>>().join(", "));
            }
            _ => {}
        }
        if cancelled > 0 && self.audience != Audience::Nobody {
            complain("cancelled; nothing unfinished is left behind");
        }
        self.counts
    }

    /// Whether stdout took no more, though somebody wanted it.
    pub fn is_broken(&self) -> bool {
        self.output.is_broken()
    }

    fn progress(&mut self, stage: &str, done: usize, total: usize) {
        if self.audience == Audience::Script {
            self.output.json(&Line::Progress { input: &self.input, stage, done, total });
        }
        self.bar.set_message(stage.to_owned());
        // While it prepares, the number of tiles is not known: the line goes on turning.
        if total > 0 {
            if self.bar.length() != Some(total as u64) {
                self.bar.set_length(total as u64);
                self.bar.set_style(tiles_style());
            }
            self.bar.set_position(done as u64);
        }
    }

    /// `photo.jpg`, or `[2/5] photo.jpg` among several.
    fn name_with_number(&self) -> String {
        let name = Path::new(&self.input).file_name().unwrap_or_default().to_string_lossy();
        let name = readable(&name);
        let Counts { done, failed, skipped, cancelled } = self.counts;
        if self.inputs > 1 {
            format!("[{}/{}] {name}", done + failed + skipped + cancelled + 1, self.inputs)
        } else {
            name.to_string()
        }
    }
}

/// A line that turns until the number of tiles is known.
fn progress_bar(name: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(name);
    bar.set_message("reading");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn tiles_style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix}  {msg}  {wide_bar} {pos}/{len} tiles, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_valid() {
        for template in ["{spinner} {prefix}  {msg}", "{prefix}  {msg}  {wide_bar} {pos}/{len} tiles, {eta} left"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_summary_is_one_flat_object() {
        let counts = Counts { done: 2, failed: 1, skipped: 0, cancelled: 3 };
        let line = serde_json::to_value(Line::Summary(counts)).unwrap();
        assert_eq!(line, serde_json::json!({"event": "summary", "done": 2, "failed": 1, "skipped": 0, "cancelled": 3}));
    }
}
