//! Restoring: the button, progress, the time and memory it takes, and the outcome.

use std::time::Duration;

use crate::{
    engine::Model,
    imaging::memory,
    restore::{Forecast, MarkSummary, Outcome, Stage},
};

pub const UPDATING: &str = "Updating…";
pub const OUTDATED: &str = "Not up to date";
pub const COMPUTE: &str = "Update preview";
pub const COMPUTE_HINT: &str = "Restore what is in view (Ctrl+R). Save restores all of it.";
pub const ESTIMATING: &str = "Estimating time…";
pub const PREPARING_GPU: &str = "Preparing the GPU";
pub const PROGRESS: &str = "Progress";
pub const CANCEL: &str = "Cancel";
pub const CANCEL_HINT: &str = "Stop and discard the unfinished result (Esc)";
pub const CANCEL_SEARCH_HINT: &str = "Stop the search (Esc)";
pub const STOP_PHOTO: &str = "Stop this photo";
pub const STOP_PHOTO_HINT: &str = "Other photos continue";

pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "Loading the network",
        Stage::PreparingGpu => PREPARING_GPU,
        Stage::Finding => "Finding scratches",
        Stage::Filling => "Filling scratches",
        Stage::Deblocking => "Removing JPEG artefacts",
        Stage::Denoising => "Denoising",
        Stage::Enlarging => "Enlarging",
    }
}

/// Remaining time; `None` until it can be estimated.
pub fn time_left(left: Option<Duration>) -> String {
    let Some(left) = left else { return ESTIMATING.to_owned() };
    match left.as_secs() {
        0..5 => "A few seconds left".to_owned(),
        secs @ 5..55 => format!("About {} seconds left", secs.div_ceil(5) * 5),
        55..90 => "About a minute left".to_owned(),
        secs @ 90..3570 => format!("About {} minutes left", (secs + 30) / 60),
        3570..5400 => "About an hour left".to_owned(),
        secs => format!("About {} hours left", (secs + 1800) / 3600),
    }
}

/// Time, file size and memory that restoring will take. `pages`: the number of a TIFF's pages, of which it is the first one.
pub fn forecast(forecast: &Forecast, pages: usize) -> String {
    let Forecast { bytes, memory, seconds, .. } = *forecast;
    let (time, file, memory) = (about(seconds), memory::format_bytes(bytes), memory::format_bytes(memory));
    let first = if pages > 1 { format!("Page 1 of {pages}: ") } else { String::new() };
    format!("{first}{time} · file of about {file}\nNeeds {memory} of memory")
}

/// What happens to the pages of a TIFF.
pub fn pages(count: usize) -> String {
    format!(
        "It has {count} pages: the first one is shown. A result saved as TIFF has all of them, in other formats the first one."
    )
}

/// An estimated duration, rounded.
fn about(seconds: f64) -> String {
    match seconds {
        0.0..1.0 => "Less than a second".to_owned(),
        1.0..10.0 => format!("About {seconds:.0} s"),
        10.0..55.0 => format!("About {:.0} s", (seconds / 5.0).round() * 5.0),
        55.0..3570.0 => format!("About {:.0} min", (seconds / 60.0).max(1.0)),
        _ => format!("About {:.1} h", seconds / 3600.0),
    }
}

/// `Noise (σ 25) removed in 1.0 s on CPU, with the best network`, `12 marks filled, noise (σ 25) removed in 1.0 s on CPU`
pub fn outcome(outcome: &Outcome) -> String {
    let done = match (outcome.quality, outcome.sigma > 0.0) {
        (Some(quality), true) => {
            format!("JPEG artefacts (quality {quality}) and noise (σ {:.0}) removed", outcome.sigma)
        }
        (Some(quality), false) => format!("JPEG artefacts (quality {quality}) removed"),
        (None, true) => format!("Noise (σ {:.0}) removed", outcome.sigma),
        (None, false) if outcome.clean => "Already clean: finished".to_owned(),
        (None, false) => "Finished".to_owned(),
    };
    let done = match outcome.repaired {
        None | Some(MarkSummary { marks: 0, too_wide: 0, .. }) => done,
        Some(MarkSummary { marks, too_wide, .. }) => {
            let rest = match too_wide {
                0 => String::new(),
                1 => " (1 wide hole stays)".to_owned(),
                _ => format!(" ({too_wide} wide holes stay)"),
            };
            let filled =
                if marks == 1 { format!("1 mark filled{rest}") } else { format!("{marks} marks filled{rest}") };
            match (outcome.quality, outcome.sigma > 0.0) {
                (None, false) => filled,
                (None, true) => format!("{filled}, {}", done.replacen("Noise", "noise", 1)),
                (Some(_), _) => format!("{filled}, {done}"),
            }
        }
    };
    let secs = outcome.duration.as_secs_f32();
    let time = if secs < 10.0 { format!("{secs:.1} s") } else { format!("{secs:.0} s") };
    let device = outcome.device.as_ref().map(|device| format!(" on {}", device.name)).unwrap_or_default();
    let model = match outcome.model {
        Some(Model::Fast) => ", with the fast network",
        Some(Model::Best) => ", with the best network",
        None => "",
    };
    format!("{done} in {time}{device}{model}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Size;

    #[test]
    fn time_left_in_words() {
        for (secs, words) in [
            (2, "A few seconds left"),
            (7, "About 10 seconds left"),
            (50, "About 50 seconds left"),
            (70, "About a minute left"),
            (150, "About 3 minutes left"),
            (3600, "About an hour left"),
            (7300, "About 2 hours left"),
        ] {
            assert_eq!(time_left(Some(Duration::from_secs(secs))), words);
        }
    }

    #[test]
    fn outcomes_name_what_was_done() {
        let words = |marks, quality, sigma| {
            let repaired = Some(MarkSummary { marks, share: 0.01, too_wide: usize::from(marks == 7) });
            let duration = Duration::from_secs(1);
            let model = (sigma > 0.0).then_some(Model::Fast);
            super::outcome(&Outcome { repaired, quality, sigma, clean: false, model, device: None, duration })
        };
        assert_eq!(words(0, None, 25.0), "Noise (σ 25) removed in 1.0 s, with the fast network");
        assert_eq!(words(12, None, 25.0), "12 marks filled, noise (σ 25) removed in 1.0 s, with the fast network");
        assert_eq!(words(1, None, 0.0), "1 mark filled in 1.0 s");
        assert_eq!(words(7, None, 0.0), "7 marks filled (1 wide hole stays) in 1.0 s");
        assert_eq!(words(2, Some(40), 0.0), "2 marks filled, JPEG artefacts (quality 40) removed in 1.0 s");
    }

    #[test]
    fn forecasts_in_human_units() {
        let forecast = |seconds, bytes| {
            super::forecast(&Forecast { size: Size::new(1, 1), bytes, memory: 430 << 20, seconds, model: None }, 0)
        };
        assert_eq!(forecast(0.2, 120), "Less than a second · file of about 1 kB\nNeeds 451 MB of memory");
        assert!(forecast(12.6, 3_540_000).starts_with("About 15 s · file of about 3.5 MB\n"));
        assert!(forecast(57.0, 35_400_000).starts_with("About 1 min · file of about 35 MB\n"));
        assert!(forecast(9000.0, 1_400_000_000).starts_with("About 2.5 h · file of about 1.4 GB\n"));
    }
}
