//! Names of values in text and JSON.

use crate::{engine::DeviceKind, imaging::QualitySource, worker::Stage};

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
        Stage::Deblocking => "Removing JPEG artefacts",
        Stage::Denoising => "Denoising",
        Stage::Enlarging => "Enlarging",
    }
}

/// A stage in JSON.
pub fn stage_in_json(stage: Stage) -> &'static str {
    match stage {
        Stage::Preparing => "preparing",
        Stage::Deblocking => "deblocking",
        Stage::Denoising => "denoising",
        Stage::Enlarging => "enlarging",
    }
}

/// A σ with at most one decimal: `25`, `12.5`.
pub fn sigma(sigma: f32) -> String {
    ((sigma * 10.0).round() / 10.0).to_string()
}
