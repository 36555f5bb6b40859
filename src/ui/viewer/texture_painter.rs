//! Where textures are painted: a thread of its own, so that no frame waits for pixels. What a frame wishes
//! replaces what the one before wished; so what went out of view is not painted any more.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use egui::{ColorImage, Context};

/// Names what a texture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Whose texture it is.
    pub owner: u64,
    /// Which of its textures.
    pub key: (u32, usize, usize),
    /// Which edition of what it shows.
    pub edition: u64,
    /// Whether its px are to be seen as squares.
    pub nearest: bool,
}

/// A texture that is missing.
pub struct Wish {
    pub label: Label,
    pub paint: Box<dyn FnOnce() -> ColorImage + Send>,
}

/// The textures that are missing in a frame, each kind with the most urgent first.
#[derive(Default)]
pub struct Wishes {
    /// Of what is seen.
    pub seen: Vec<Wish>,
    /// Of what may be seen next.
    pub around: Vec<Wish>,
}

impl From<Wishes> for Vec<Wish> {
    fn from(Wishes { mut seen, around }: Wishes) -> Self {
        seen.extend(around);
        seen
    }
}

/// A texture that was painted.
pub struct Painted {
    pub label: Label,
    pub image: ColorImage,
}

#[derive(Default)]
struct Desk {
    wishes: VecDeque<Wish>,
    in_hand: Option<Label>,
    painted: VecDeque<Painted>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    /// The desk is in order at any time, also after a panic.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that paints, as the canvas holds it.
pub struct TexturePainter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    context: Context,
    owners: u64,
}

impl TexturePainter {
    /// Opens it. `context` is repainted when something was painted.
    pub fn new(context: &Context) -> Self {
        let shared = Arc::<Shared>::default();
        let (theirs, waking) = (shared.clone(), context.clone());
        let thread = thread::Builder::new().name("redawn-textures".to_owned()).spawn(move || work(&theirs, &waking));
        // Without a thread the window paints itself, slower.
        Self { shared, thread: thread.ok(), context: context.clone(), owners: 0 }
    }

    /// An id for a client of the texture worker.
    pub fn owner(&mut self) -> u64 {
        self.owners += 1;
        self.owners
    }

    /// What is missing now, the most urgent first; what was wished before is not wished any more.
    pub fn wish(&self, wishes: Vec<Wish>) {
        if self.thread.is_none() {
            if let Some(wish) = wishes.into_iter().next() {
                self.shared.desk().painted.push_back(Painted { label: wish.label, image: (wish.paint)() });
                self.context.request_repaint();
            }
            return;
        }
        let mut desk = self.shared.desk();
        let Desk { in_hand, painted, .. } = &*desk;
        let is_new =
            |wish: &Wish| *in_hand != Some(wish.label) && painted.iter().all(|painted| painted.label != wish.label);
        let wishes: VecDeque<Wish> = wishes.into_iter().filter(is_new).collect();
        let old = std::mem::replace(&mut desk.wishes, wishes);
        drop(desk);
        drop(old);
        self.shared.changed.notify_one();
    }

    /// Something that was painted.
    pub fn take(&self) -> Option<Painted> {
        self.shared.desk().painted.pop_front()
    }
}

impl Drop for TexturePainter {
    fn drop(&mut self) {
        self.shared.desk().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, context: &Context) {
    loop {
        let mut desk = shared.desk();
        while desk.wishes.is_empty() && !desk.closed {
            desk = shared.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.closed {
            return;
        }
        let Some(Wish { label, paint }) = desk.wishes.pop_front() else { continue };
        desk.in_hand = Some(label);
        drop(desk);
        // What can't be painted stays as it was, and is not tried again as long as it is wished for.
        let image = catch_unwind(AssertUnwindSafe(paint))
            .unwrap_or_else(|_| ColorImage::filled([1, 1], egui::Color32::TRANSPARENT));
        let mut desk = shared.desk();
        desk.in_hand = None;
        desk.painted.push_back(Painted { label, image });
        drop(desk);
        context.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn label(column: usize) -> Label {
        Label { owner: 1, key: (0, column, 0), edition: 0, nearest: false }
    }

    fn taken(workshop: &TexturePainter) -> Painted {
        let start = std::time::Instant::now();
        loop {
            if let Some(painted) = workshop.take() {
                return painted;
            }
            assert!(start.elapsed() < PATIENCE, "never painted");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn plain(column: usize) -> Wish {
        Wish { label: label(column), paint: Box::new(|| ColorImage::filled([2, 2], egui::Color32::RED)) }
    }

    #[test]
    fn what_is_no_longer_wished_is_not_painted_and_nothing_is_painted_twice() {
        let workshop = TexturePainter::new(&Context::default());
        let (go, gate) = mpsc::channel::<()>();
        let (begun, began) = mpsc::channel();
        let held = Wish {
            label: label(0),
            paint: Box::new(move || {
                begun.send(()).unwrap();
                gate.recv().unwrap();
                ColorImage::filled([1, 1], egui::Color32::RED)
            }),
        };
        workshop.wish(vec![held, plain(1)]);
        began.recv_timeout(PATIENCE).unwrap();
        // The first is in hand, the second out of view.
        workshop.wish(vec![plain(0), plain(2)]);
        go.send(()).unwrap();
        assert_eq!([taken(&workshop).label, taken(&workshop).label], [label(0), label(2)]);
        assert!(workshop.take().is_none());
    }

    #[test]
    fn a_panic_does_not_end_the_thread() {
        let workshop = TexturePainter::new(&Context::default());
        workshop.wish(vec![Wish { label: label(0), paint: Box::new(|| panic!("on purpose")) }, plain(1)]);
        assert_eq!(taken(&workshop).image.size, [1, 1]);
        assert_eq!(taken(&workshop).image.size, [2, 2]);
    }
}
