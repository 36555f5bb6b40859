//! Names of values in text and JSON.

use crate::{engine::DeviceKind, imaging::QualitySource, restore::MarkSummary, worker::Stage};

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
        Stage::Finding => "finding",
        Stage::Filling => "filling",
        Stage::Deblocking => "deblocking",
        Stage::Denoising => "denoising",
        Stage::Enlarging => "enlarging",
    }
}

/// Marks in numbers: `3 marks, 0.8 % of the picture`.
pub fn marks(summary: MarkSummary) -> String {
    let MarkSummary { marks, share } = summary;
    let percent = 100.0 * share;
    let percent = match percent {
        0.0 => return "no marks".to_owned(),
        0.0..0.095 => "less than 0.1".to_owned(),
        0.095..9.95 => format!("{percent:.1}"),
        _ => format!("{percent:.0}"),
    };
    format!("{marks} mark{}, {percent} % of the picture", if marks == 1 { "" } else { "s" })
}

/// A σ with at most one decimal: `25`, `12.5`.
pub fn sigma(sigma: f32) -> String {
    ((sigma * 10.0).round() / 10.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_a_number_and_a_share() {
        let text = |count, share| marks(MarkSummary { marks: count, share });
        assert_eq!(text(0, 0.0), "no marks");
        assert_eq!(text(1, 0.0004), "1 mark, less than 0.1 % of the picture");
        assert_eq!(text(3, 0.008), "3 marks, 0.8 % of the picture");
        assert_eq!(text(40, 0.123), "40 marks, 12 % of the picture");
    }
}
