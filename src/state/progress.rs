//! How far a restoration is, and how long it will still take.

use std::time::{Duration, Instant};

use crate::worker::Stage;

/// How far a restoration is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    stage: Stage,
    done: usize,
    total: usize,
    /// When the first tile was done, and how many were done then: before that lies the opening
    /// of the device, which says nothing about the run_state.
    paced_from: Option<(Instant, usize)>,
    latest: Option<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { stage: Stage::Preparing, done: 0, total: 0, paced_from: None, latest: None }
    }
}

impl Progress {
    /// Takes in what the worker says: `done` of `total` tiles.
    pub fn advance(&mut self, stage: Stage, done: usize, total: usize, now: Instant) {
        // A fallback to another device or tile size starts over.
        if done < self.done || total != self.total {
            self.paced_from = None;
        }
        (self.stage, self.done, self.total, self.latest) = (stage, done, total, Some(now));
        if done > 0 && self.paced_from.is_none() {
            self.paced_from = Some((now, done));
        }
    }

    /// What is being done.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Share of the work that is done, 0–1.
    pub fn share(&self) -> f32 {
        if self.total == 0 { 0.0 } else { (self.done as f32 / self.total as f32).min(1.0) }
    }

    /// Time still to go, from the run_state so far; none until there is a run_state.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        let ((start, first), latest) = (self.paced_from?, self.latest?);
        let paced = self.done.checked_sub(first).filter(|&tiles| tiles > 0)?;
        let per_tile = latest.duration_since(start).div_f64(paced as f64);
        let ahead = per_tile.mul_f64(self.total.saturating_sub(self.done) as f64);
        Some(ahead.saturating_sub(now.duration_since(latest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace_and_leaves_the_start_out() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut progress = Progress::default();
        assert_eq!(progress.left(at(0)), None);
        progress.advance(Stage::Denoising, 1, 11, at(60));
        assert_eq!(progress.left(at(60)), None, "one tile gives no run_state");
        progress.advance(Stage::Denoising, 3, 11, at(64));
        assert_eq!(progress.left(at(64)), Some(Duration::from_secs(16)));
        assert_eq!(progress.left(at(65)), Some(Duration::from_secs(15)), "it counts down between tiles");
        progress.advance(Stage::Enlarging, 11, 11, at(80));
        assert_eq!(progress.left(at(80)), Some(Duration::ZERO));
        assert_eq!(progress.share(), 1.0);
    }

    #[test]
    fn a_fallback_starts_the_pace_anew() {
        let start = Instant::now();
        let mut progress = Progress::default();
        progress.advance(Stage::Denoising, 1, 4, start);
        progress.advance(Stage::Denoising, 3, 4, start + Duration::from_secs(2));
        progress.advance(Stage::Denoising, 0, 16, start + Duration::from_secs(3));
        assert_eq!(progress.left(start + Duration::from_secs(3)), None);
        assert_eq!(progress.share(), 0.0);
    }
}
