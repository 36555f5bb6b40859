//! `redawn estimate`: how noisy each photo is, and how much a JPEG was compressed.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    EstimateArgs, FAILED, INTERRUPTED, WRONG_USAGE,
    client::{Client, Stop},
    input::Input,
    output::{Output, complain},
    report::sentence_about,
    terms,
};
use crate::{
    engine,
    imaging::MemoryLimit,
    restore::{Noise, NoiseLevels},
    worker::Measures,
};

/// One photo as a JSON line: its noise and the quality it was saved with as a JPEG, or the reason why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Estimate { input: &'a str, sigma: f32, clean: bool, levels: Levels, jpeg: Option<u8>, jpeg_from: Option<&'a str> },
    Failure { input: &'a str, error: &'a str },
}

/// σ at three brightnesses.
#[derive(Serialize)]
struct Levels {
    shadows: Level,
    midtones: Level,
    highlights: Level,
}

/// σ of the brightness and of the colours, on the 0–255 scale.
#[derive(Serialize)]
struct Level {
    brightness: f32,
    colour: f32,
}

impl Levels {
    fn of(levels: &NoiseLevels) -> Self {
        let at = |brightness: f32| {
            let level = levels.at(brightness);
            Level { brightness: level.brightness, colour: level.colour }
        };
        let [shadows, midtones, highlights] =
            [NoiseLevels::SHADOWS, NoiseLevels::MIDTONES, NoiseLevels::HIGHLIGHTS].map(at);
        Self { shadows, midtones, highlights }
    }
}

/// Prints what is found of every input, and goes on after those that can't be read.
pub fn run(args: &EstimateArgs) -> ExitCode {
    if let Some(sentence) = Input::refusal(&args.inputs) {
        complain(sentence);
        return ExitCode::from(WRONG_USAGE);
    }
    // Before Ctrl+C is watched: it ends the wait for standard input.
    let inputs: Vec<_> = args.inputs.iter().map(|given| Input::new(given, MemoryLimit::default())).collect();
    let mut client = match Client::start(engine::opener()) {
        Ok(client) => client,
        Err(sentence) => {
            complain(sentence);
            return ExitCode::from(FAILED);
        }
    };
    let mut output = Output::default();
    let mut some_failed = false;
    for photo in &inputs {
        let called = photo.called(args.json);
        let input = called.to_string_lossy();
        let file = photo.file().map_err(Stop::Failed);
        match file.and_then(|file| client.open(file, (MemoryLimit::default(), Measures::ALL), |_| {})) {
            Ok((photo, noise)) => {
                let history = photo.metadata.jpeg;
                let (sigma, clean) = (noise.sigma(), noise.is_clean());
                if args.json {
                    let (jpeg, jpeg_from) = history.quality().unzip();
                    let (levels, jpeg_from) = (Levels::of(noise.levels()), jpeg_from.map(terms::quality_source));
                    output.json(&Line::Estimate { input: &input, sigma, clean, levels, jpeg, jpeg_from });
                } else {
                    let jpeg = history.in_words().map(|words| format!(", JPEG {words}")).unwrap_or_default();
                    output.line(format_args!("{input}: σ {sigma:.1} ({}){jpeg}", in_words(sigma, clean)));
                }
            }
            Err(Stop::Failed(error)) => {
                some_failed = true;
                let error = photo.in_words(&error);
                if args.json {
                    output.json(&Line::Failure { input: &input, error: &error });
                }
                complain(sentence_about(&input, &error));
            }
            Err(Stop::Cancelled) => return ExitCode::from(INTERRUPTED),
        }
    }
    if some_failed || output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

/// The named step nearest to σ.
fn in_words(sigma: f32, clean: bool) -> &'static str {
    if clean {
        return "clean";
    }
    let steps = Noise::STEPS.into_iter().filter(|(_, step)| *step > 0.0);
    let nearest = steps.min_by(|(_, a), (_, b)| (a - sigma).abs().total_cmp(&(b - sigma).abs()));
    nearest.map_or("clean", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_has_the_name_of_the_nearest_step() {
        assert_eq!(in_words(0.5, true), "clean");
        assert_eq!(in_words(3.0, false), "low");
        assert_eq!(in_words(20.0, false), "medium");
        assert_eq!(in_words(49.0, false), "high");
        assert_eq!(in_words(100.0, false), "very-high");
    }
}
