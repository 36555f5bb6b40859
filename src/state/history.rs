//! Undo and redo. Pure.

use std::time::{Duration, Instant};

/// The gesture of a change. Consecutive changes with the same gesture are one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gesture<F> {
    /// The field that changes.
    pub field: F,
    /// When the button that drags it was pressed, in seconds; none for keys.
    pub press: Option<f64>,
}

/// Steps that undo changes, and steps that redo them.
#[derive(Debug)]
pub struct History<T, F> {
    past: Vec<T>,
    future: Vec<T>,
    latest: Option<(Gesture<F>, Instant)>,
}

impl<T, F> Default for History<T, F> {
    fn default() -> Self {
        Self { past: Vec::new(), future: Vec::new(), latest: None }
    }
}

impl<T, F: PartialEq> History<T, F> {
    /// Maximum number of steps kept.
    const MAX_STEPS: usize = 200;
    /// Keys pressed within this time are one step.
    const PAUSE: Duration = Duration::from_millis(800);

    /// Records the step that undoes a change. Without a gesture the change is a step of its own.
    pub fn record(&mut self, undo: T, gesture: Option<Gesture<F>>, now: Instant) {
        let continues = match (&self.latest, &gesture) {
            (Some((latest, at)), Some(gesture)) => {
                latest == gesture && (gesture.press.is_some() || now.duration_since(*at) < Self::PAUSE)
            }
            _ => false,
        };
        self.future.clear();
        self.latest = gesture.map(|gesture| (gesture, now));
        if !continues {
            if self.past.len() == Self::MAX_STEPS {
                self.past.remove(0);
            }
            self.past.push(undo);
        }
    }

    /// Undoes the last step, if there is one: `apply` applies a step and returns its inverse.
    pub fn undo(&mut self, apply: impl FnOnce(T) -> T) {
        self.latest = None;
        if let Some(step) = self.past.pop() {
            self.future.push(apply(step));
        }
    }

    /// Redoes the step undone last, if there is one.
    pub fn redo(&mut self, apply: impl FnOnce(T) -> T) {
        self.latest = None;
        if let Some(step) = self.future.pop() {
            self.past.push(apply(step));
        }
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value with its history: a step is the value it returns to.
    struct Undoable {
        value: i32,
        history: History<i32, ()>,
    }

    impl Undoable {
        fn set(&mut self, value: i32) {
            self.history.record(std::mem::replace(&mut self.value, value), None, Instant::now());
        }

        fn undo(&mut self) -> i32 {
            self.history.undo(|step| std::mem::replace(&mut self.value, step));
            self.value
        }

        fn redo(&mut self) -> i32 {
            self.history.redo(|step| std::mem::replace(&mut self.value, step));
            self.value
        }
    }

    #[test]
    fn undo_redo_and_a_new_change() {
        let mut undoable = Undoable { value: 0, history: History::default() };
        assert_eq!(undoable.undo(), 0);
        (1..4).for_each(|value| undoable.set(value));
        assert_eq!([undoable.undo(), undoable.undo(), undoable.redo()], [2, 1, 2]);
        assert!(undoable.history.can_undo() && undoable.history.can_redo());
        undoable.set(9);
        assert!(!undoable.history.can_redo());
        assert_eq!(undoable.redo(), 9);
        assert_eq!([undoable.undo(), undoable.undo(), undoable.undo(), undoable.undo()], [2, 1, 0, 0]);
    }

    #[test]
    fn a_drag_is_one_step_and_so_are_quick_keys() {
        let gesture = |field, press| Some(Gesture { field, press });
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs_f64(seconds);
        let steps = |changes: &[(Option<Gesture<char>>, f64)]| {
            let mut history = History::default();
            changes
                .iter()
                .enumerate()
                .for_each(|(state, (gesture, seconds))| history.record(state, *gesture, at(*seconds)));
            history.past
        };
        assert_eq!(steps(&[(gesture('a', Some(1.0)), 0.0), (gesture('a', Some(1.0)), 5.0)]), [0], "one drag");
        assert_eq!(steps(&[(gesture('a', Some(1.0)), 0.0), (gesture('a', Some(2.0)), 0.1)]), [0, 1], "two drags");
        assert_eq!(steps(&[(gesture('a', None), 0.0), (gesture('a', None), 0.1)]), [0], "quick keys");
        assert_eq!(steps(&[(gesture('a', None), 0.0), (gesture('a', None), 2.0)]), [0, 1], "slow keys");
        assert_eq!(steps(&[(gesture('a', None), 0.0), (gesture('b', None), 0.1)]), [0, 1], "two fields");
        assert_eq!(steps(&[(None, 0.0), (None, 0.0)]), [0, 1], "clicks");
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut undoable = Undoable { value: 0, history: History::default() };
        (1..=1000).for_each(|value| undoable.set(value));
        let most = History::<i32, ()>::MAX_STEPS as i32;
        while undoable.history.can_undo() {
            undoable.undo();
        }
        assert_eq!(undoable.value, 1000 - most);
    }
}
