//! The JSON lines of `restore --json`.

use serde::Serialize;

use super::RunSummary;

/// One line of the output; its fields are documented in `args/help.rs`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum RestoreLine<'a> {
    Found {
        photos: usize,
        share: usize,
        hidden: usize,
        other: usize,
    },
    Refused {
        input: &'a str,
        reason: &'a str,
    },
    Plan(PlanLine),
    Start {
        input: &'a str,
        output: &'a str,
        #[serde(flatten)]
        forecast: Option<ForecastFields>,
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
        page: usize,
        pages: usize,
    },
    Done {
        input: &'a str,
        output: &'a str,
        mask: Option<String>,
        marks: Option<usize>,
        marked: Option<f64>,
        too_wide: Option<usize>,
        jpeg: Option<u8>,
        jpeg_from: Option<&'a str>,
        sigma: f32,
        clean: bool,
        strength: u8,
        luminance: u8,
        colour: u8,
        model: Option<&'static str>,
        device: Option<&'a str>,
        seconds: f64,
        width: usize,
        height: usize,
        pages: usize,
        notices: &'a [String],
    },
    Failed {
        input: &'a str,
        reason: &'a str,
    },
    Skipped {
        input: &'a str,
        output: &'a str,
        reason: &'a str,
    },
    Cancelled {
        input: &'a str,
    },
    Summary(RunSummary),
}

/// What a dry run found.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct PlanLine {
    /// All photos.
    pub photos: usize,
    /// Bytes of their files.
    pub bytes: u64,
    /// Photos that would be skipped.
    pub done: usize,
    /// Inputs that would fail.
    pub refused: usize,
    /// Photos that would be restored.
    pub left: usize,
    /// How many of them were measured.
    pub measured: usize,
    /// How many of these will be restored with the best and with the fast network, where there are two.
    pub with_best: usize,
    pub with_fast: usize,
    /// Estimated time.
    pub seconds: Option<f64>,
    /// Estimated bytes of the results.
    pub result_bytes: Option<u64>,
}

/// The estimate in a start line: size in px, bytes, peak memory in bytes, seconds.
#[derive(Serialize)]
pub struct ForecastFields {
    pub jpeg: Option<u8>,
    pub width: usize,
    pub height: usize,
    pub bytes: u64,
    pub memory: u64,
    pub seconds: f64,
    pub model: Option<&'static str>,
    pub pages: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_one_flat_object() {
        let summary = RunSummary { done: 2, failed: 1, skipped: 0, cancelled: 3 };
        let line = serde_json::to_value(RestoreLine::Summary(summary)).unwrap();
        assert_eq!(line, serde_json::json!({"event": "summary", "done": 2, "failed": 1, "skipped": 0, "cancelled": 3}));
    }
}
