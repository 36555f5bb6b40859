//! Names of values in text and JSON.

use super::existing::SkipReason;
use crate::{
    engine::{DeviceKind, Model},
    imaging::QualitySource,
    restore::MarkSummary,
    worker::Stage,
};

/// A kind of device in words.
pub fn kind_in_words(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::DiscreteGpu => "discrete GPU",
        DeviceKind::IntegratedGpu => "integrated GPU",
        DeviceKind::VirtualGpu => "virtual GPU",
        DeviceKind::Software => "software",
        DeviceKind::Cpu => "CPU",
        DeviceKind::Other => "other",
    }
}

/// A kind of device in JSON.
pub fn kind_in_json(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::DiscreteGpu => "discrete-gpu",
        DeviceKind::IntegratedGpu => "integrated-gpu",
        DeviceKind::VirtualGpu => "virtual-gpu",
        DeviceKind::Software => "software",
        DeviceKind::Cpu => "cpu",
        DeviceKind::Other => "other",
    }
}

/// The networks that were used.
pub fn model(model: Model) -> &'static str {
    match model {
        Model::Fast => "fast",
        Model::Best => "best",
    }
}

/// Where a JPEG quality was found, in JSON.
pub fn quality_source(source: QualitySource) -> &'static str {
    match source {
        QualitySource::File => "file",
        QualitySource::Pixels => "pixels",
    }
}

/// A stage in words.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "Preparing",
        Stage::PreparingGpu => "Preparing the GPU",
        Stage::Finding => "Finding scratches",
        Stage::Filling => "Filling scratches",
        Stage::Deblocking => "Removing JPEG artefacts",
        Stage::Denoising => "Denoising",
        Stage::Enlarging => "Enlarging",
    }
}

/// A stage in JSON.
pub fn stage_in_json(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "preparing",
        Stage::PreparingGpu => "preparing_gpu",
        Stage::Finding => "finding",
        Stage::Filling => "filling",
        Stage::Deblocking => "deblocking",
        Stage::Denoising => "denoising",
        Stage::Enlarging => "enlarging",
    }
}

/// Why a photo is skipped, in JSON.
pub fn skip_reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Exists => "exists",
        SkipReason::Done => "done",
        SkipReason::Claimed => "claimed",
    }
}

/// A number of photos: `1 photo`, `3 photos`.
pub fn photos(count: usize) -> String {
    format!("{count} photo{}", if count == 1 { "" } else { "s" })
}

/// A time in words: `40 seconds`, `12 minutes`, `31 hours`.
pub fn time(seconds: f64) -> String {
    match seconds {
        0.0..1.5 => "1 second".to_owned(),
        1.5..100.0 => format!("{seconds:.0} seconds"),
        100.0..6_000.0 => format!("{:.0} minutes", seconds / 60.0),
        6_000.0..36_000.0 => format!("{:.1} hours", seconds / 3_600.0),
        _ => format!("{:.0} hours", seconds / 3_600.0),
    }
}

/// Marks in numbers: `3 marks, 0.8 % of the picture, 1 hole left, which is too wide to be filled`.
pub fn marks(summary: MarkSummary) -> String {
    let MarkSummary { marks, share, too_wide } = summary;
    let percent = 100.0 * share;
    let percent = match percent {
        0.0..0.095 => "less than 0.1".to_owned(),
        0.095..9.95 => format!("{percent:.1}"),
        _ => format!("{percent:.0}"),
    };
    let mut text = match marks {
        0 => "no marks".to_owned(),
        1 => format!("1 mark, {percent} % of the picture"),
        _ => format!("{marks} marks, {percent} % of the picture"),
    };
    match too_wide {
        0 => {}
        1 => text += ", 1 hole left, which is too wide to be filled",
        _ => text += &format!(", {too_wide} holes left, which are too wide to be filled"),
    }
    text
}

/// A σ with at most one decimal: `25`, `12.5`.
pub fn sigma(sigma: f32) -> String {
    ((sigma * 10.0).round() / 10.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        let times = [0.2, 40.4, 720.0, 7_200.0, 360_000.0].map(time);
        assert_eq!(times, ["1 second", "40 seconds", "12 minutes", "2.0 hours", "100 hours"]);
    }

    #[test]
    fn marks_have_a_number_and_a_share() {
        let text = |count, share| marks(MarkSummary { marks: count, share, too_wide: 0 });
        assert_eq!(text(0, 0.0), "no marks");
        assert_eq!(text(1, 0.0004), "1 mark, less than 0.1 % of the picture");
        assert_eq!(text(3, 0.008), "3 marks, 0.8 % of the picture");
        assert_eq!(text(40, 0.123), "40 marks, 12 % of the picture");
        let too_wide = [(0, 0.0, 1), (3, 0.01, 2)]
            .map(|(count, share, too_wide)| marks(MarkSummary { marks: count, share, too_wide }));
        assert_eq!(too_wide[0], "no marks, 1 hole left, which is too wide to be filled");
        assert_eq!(too_wide[1], "3 marks, 1.0 % of the picture, 2 holes left, which are too wide to be filled");
    }
}
