//! Progress of a restoration, and its remaining time.

use std::time::{Duration, Instant};

use crate::worker::Stage;

/// Progress of a restoration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    stage: Stage,
    done: usize,
    total: usize,
    /// Time and count of the first finished tiles. The time before was spent on opening the device.
    first: Option<(Instant, usize)>,
    latest: Option<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { stage: Stage::Preparing, done: 0, total: 0, first: None, latest: None }
    }
}

impl Progress {
    /// Updates the progress: `done` of `total` tiles.
    pub fn advance(&mut self, stage: Stage, done: usize, total: usize, now: Instant) {
        // A fallback to another device or tile size starts over.
        if done < self.done || total != self.total {
            self.first = None;
        }
        (self.stage, self.done, self.total, self.latest) = (stage, done, total, Some(now));
        if done > 0 && self.first.is_none() {
            self.first = Some((now, done));
        }
    }

    /// The current stage.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Share of finished tiles, 0–1.
    pub fn share(&self) -> f32 {
        if self.total == 0 { 0.0 } else { (self.done as f32 / self.total as f32).min(1.0) }
    }

    /// Remaining time at the pace so far. None until it is known.
    pub fn time_left(&self, now: Instant) -> Option<Duration> {
        let ((start, first), latest) = (self.first?, self.latest?);
        let tiles = self.done.checked_sub(first).filter(|&tiles| tiles > 0)?;
        let per_tile = latest.duration_since(start).div_f64(tiles as f64);
        let remaining = per_tile.mul_f64(self.total.saturating_sub(self.done) as f64);
        Some(remaining.saturating_sub(now.duration_since(latest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace_and_ignores_the_start() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut progress = Progress::default();
        assert_eq!(progress.time_left(at(0)), None);
        progress.advance(Stage::Denoising, 1, 11, at(60));
        assert_eq!(progress.time_left(at(60)), None, "one tile gives no pace");
        progress.advance(Stage::Denoising, 3, 11, at(64));
        assert_eq!(progress.time_left(at(64)), Some(Duration::from_secs(16)));
        assert_eq!(progress.time_left(at(65)), Some(Duration::from_secs(15)), "it counts down between tiles");
        progress.advance(Stage::Enlarging, 11, 11, at(80));
        assert_eq!(progress.time_left(at(80)), Some(Duration::ZERO));
        assert_eq!(progress.share(), 1.0);
    }

    #[test]
    fn a_fallback_resets_the_pace() {
        let start = Instant::now();
        let mut progress = Progress::default();
        progress.advance(Stage::Denoising, 1, 4, start);
        progress.advance(Stage::Denoising, 3, 4, start + Duration::from_secs(2));
        progress.advance(Stage::Denoising, 0, 16, start + Duration::from_secs(3));
        assert_eq!(progress.time_left(start + Duration::from_secs(3)), None);
        assert_eq!(progress.share(), 0.0);
    }
}
