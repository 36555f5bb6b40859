//! Steps back and forth through what was chosen. Pure.

use std::time::{Duration, Instant};

/// What a change was made with: changes with the same grip that follow one another are one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grip<F> {
    /// What is changed.
    pub field: F,
    /// When the button that drags it was pressed, in seconds; none for keys.
    pub press: Option<f64>,
}

/// What was chosen before, and what was taken back.
#[derive(Debug)]
pub struct History<T, F> {
    past: Vec<T>,
    future: Vec<T>,
    latest: Option<(Grip<F>, Instant)>,
}

impl<T, F> Default for History<T, F> {
    fn default() -> Self {
        Self { past: Vec::new(), future: Vec::new(), latest: None }
    }
}

impl<T, F: PartialEq> History<T, F> {
    /// Steps kept; the oldest go.
    const MOST: usize = 200;
    /// Keys that follow one another faster than this are one step.
    const PAUSE: Duration = Duration::from_millis(800);

    /// `before` was changed just now; without a grip the change is a step of its own.
    pub fn record(&mut self, before: T, grip: Option<Grip<F>>, now: Instant) {
        let goes_on = match (&self.latest, &grip) {
            (Some((latest, at)), Some(grip)) => {
                latest == grip && (grip.press.is_some() || now.duration_since(*at) < Self::PAUSE)
            }
            _ => false,
        };
        // What was taken back is gone as soon as something else is chosen.
        self.future.clear();
        self.latest = grip.map(|grip| (grip, now));
        if !goes_on {
            if self.past.len() == Self::MOST {
                self.past.remove(0);
            }
            self.past.push(before);
        }
    }

    /// One step back from `present`, if there is one.
    pub fn undo(&mut self, present: T) -> Option<T> {
        self.latest = None;
        let earlier = self.past.pop()?;
        self.future.push(present);
        Some(earlier)
    }

    /// One step forth again from `present`, if one was taken back.
    pub fn redo(&mut self, present: T) -> Option<T> {
        self.latest = None;
        let later = self.future.pop()?;
        self.past.push(present);
        Some(later)
    }

    /// Whether there is a step back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step forth.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forth_and_elsewhere() {
        let (mut history, now) = (History::<_, ()>::default(), Instant::now());
        assert_eq!(history.undo(0), None);
        (0..3).for_each(|state| history.record(state, None, now));
        assert_eq!(history.undo(3), Some(2));
        assert_eq!(history.undo(2), Some(1));
        assert_eq!(history.redo(1), Some(2));
        assert!(history.can_undo() && history.can_redo());
        history.record(2, None, now);
        assert!(!history.can_redo(), "another way was taken");
        assert_eq!(history.redo(9), None);
        assert_eq!(
            [history.undo(9), history.undo(2), history.undo(1), history.undo(0)],
            [Some(2), Some(1), Some(0), None]
        );
    }

    #[test]
    fn a_drag_is_one_step_however_long_and_so_are_quick_keys() {
        let grip = |field, press| Some(Grip { field, press });
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs_f64(seconds);
        let steps = |changes: &[(Option<Grip<char>>, f64)]| {
            let mut history = History::default();
            changes.iter().enumerate().for_each(|(state, (grip, seconds))| history.record(state, *grip, at(*seconds)));
            history.past
        };
        assert_eq!(steps(&[(grip('a', Some(1.0)), 0.0), (grip('a', Some(1.0)), 5.0)]), [0], "one drag");
        assert_eq!(steps(&[(grip('a', Some(1.0)), 0.0), (grip('a', Some(2.0)), 0.1)]), [0, 1], "two drags");
        assert_eq!(steps(&[(grip('a', None), 0.0), (grip('a', None), 0.1)]), [0], "quick keys");
        assert_eq!(steps(&[(grip('a', None), 0.0), (grip('a', None), 2.0)]), [0, 1], "slow keys");
        assert_eq!(steps(&[(grip('a', None), 0.0), (grip('b', None), 0.1)]), [0, 1], "two fields");
        assert_eq!(steps(&[(None, 0.0), (None, 0.0)]), [0, 1], "clicks");
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let (mut history, now) = (History::<_, ()>::default(), Instant::now());
        (0..1000).for_each(|state| history.record(state, None, now));
        let mut state = 1000;
        while let Some(earlier) = history.undo(state) {
            state = earlier;
        }
        assert_eq!(state, 1000 - History::<i32, ()>::MOST as i32);
    }
}
