//! `redawn estimate`: the noise level of photos, and the JPEG quality they were saved with.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    EstimateArgs, FAILED, INTERRUPTED, WRONG_USAGE,
    client::{Client, Opened, Stop},
    input::Input,
    output::{Output, complain},
    terms,
};
use crate::{
    engine,
    imaging::MemoryLimit,
    restore::{Noise, NoiseLevels},
    worker::Measures,
};

/// One photo as a JSON line: its noise and JPEG quality, or an error.
#[derive(Serialize)]
#[serde(untagged)]
enum EstimateLine<'a> {
    Estimate {
        input: &'a str,
        sigma: f32,
        clean: bool,
        levels: LevelsLine,
        jpeg: Option<u8>,
        jpeg_from: Option<&'a str>,
    },
    Failure {
        input: &'a str,
        error: &'a str,
    },
}

/// σ at three brightnesses.
#[derive(Serialize)]
struct LevelsLine {
    shadows: SigmaPair,
    midtones: SigmaPair,
    highlights: SigmaPair,
}

/// σ of the brightness and of the colours, on the 0–255 scale.
#[derive(Serialize)]
struct SigmaPair {
    brightness: f32,
    colour: f32,
}

impl LevelsLine {
    fn new(levels: &NoiseLevels) -> Self {
        let at = |brightness: f32| {
            let level = levels.at(brightness);
            SigmaPair { brightness: level.brightness, colour: level.colour }
        };
        let [shadows, midtones, highlights] =
            [NoiseLevels::SHADOWS, NoiseLevels::MIDTONES, NoiseLevels::HIGHLIGHTS].map(at);
        Self { shadows, midtones, highlights }
    }
}

/// Prints the estimate for every input; continues after inputs that can't be read.
pub fn run(args: &EstimateArgs) -> ExitCode {
    if let Some(sentence) = Input::usage_error(&args.inputs) {
        complain(sentence);
        return ExitCode::from(WRONG_USAGE);
    }
    // Before the Ctrl+C handler is installed, so that Ctrl+C still ends reading standard input.
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
        let label = photo.label(args.json);
        let input = label.to_string_lossy();
        let file = photo.file().map_err(|sentence| Stop::Failed(sentence.into()));
        let opened = file.and_then(|file| client.open(file, None, MemoryLimit::default(), Measures::ALL, |_| {}));
        match opened.and_then(Opened::if_whole) {
            Ok(Opened { photo, noise, .. }) => {
                let history = photo.metadata.jpeg;
                let (sigma, clean) = (noise.sigma(), noise.is_clean());
                if args.json {
                    let (jpeg, jpeg_from) = history.quality().unzip();
                    let (levels, jpeg_from) = (LevelsLine::new(noise.levels()), jpeg_from.map(terms::quality_source));
                    output.json(&EstimateLine::Estimate { input: &input, sigma, clean, levels, jpeg, jpeg_from });
                } else {
                    let jpeg = history.in_words().map(|words| format!(", JPEG {words}")).unwrap_or_default();
                    output.line(format_args!("{input}: σ {sigma:.1} ({}){jpeg}", in_words(sigma, clean)));
                }
            }
            Err(Stop::Failed(failure)) => {
                some_failed = true;
                let failure = photo.without_temp_name(failure);
                if args.json {
                    output.json(&EstimateLine::Failure { input: &input, error: failure.sentence() });
                }
                complain(failure.about(label));
            }
            Err(Stop::Cancelled) => return ExitCode::from(INTERRUPTED),
        }
    }
    if some_failed || output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

/// The named level nearest to σ.
fn in_words(sigma: f32, clean: bool) -> &'static str {
    if clean {
        return "clean";
    }
    let steps = Noise::PRESETS.into_iter().filter(|(_, step)| *step > 0.0);
    let nearest = steps.min_by(|(_, a), (_, b)| (a - sigma).abs().total_cmp(&(b - sigma).abs()));
    nearest.map_or("clean", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_has_the_name_of_the_nearest_level() {
        assert_eq!(in_words(0.5, true), "clean");
        assert_eq!(in_words(3.0, false), "low");
        assert_eq!(in_words(20.0, false), "medium");
        assert_eq!(in_words(49.0, false), "high");
        assert_eq!(in_words(100.0, false), "very-high");
    }
}
