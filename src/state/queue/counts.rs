//! How many photos are in which state.

use std::sync::Arc;

use super::{Item, State};

/// Number of photos by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Waiting or running.
    pub remaining: usize,
    /// Done or skipped.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Stopped by the user.
    pub stopped: usize,
}

impl Counts {
    /// Counts of these photos.
    pub(super) fn of(items: &[Arc<Item>]) -> Self {
        let mut counts = Counts::default();
        for item in items {
            match item.state {
                State::Waiting | State::Restored { .. } | State::Running(_) => counts.remaining += 1,
                State::Done(_) | State::Skipped(_) => counts.done += 1,
                State::Failed(_) => counts.failed += 1,
                State::Stopped => counts.stopped += 1,
            }
        }
        counts
    }
}
