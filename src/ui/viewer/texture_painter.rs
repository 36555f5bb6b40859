//! Paints textures on its own thread, so that no frame waits for pixels. The requests of a frame replace those of the
//! previous one, so that parts out of view are not painted.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use egui::{ColorImage, Context};

/// Identifies a texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextureKey {
    /// The owner: see [`TexturePainter::owner`].
    pub owner: u64,
    /// Which of the owner's textures.
    pub tile: (u32, usize, usize),
    /// Version of its contents.
    pub version: u64,
    /// Whether pixels are drawn as squares.
    pub nearest: bool,
}

/// A texture to be painted.
pub struct TextureRequest {
    pub key: TextureKey,
    pub paint: Box<dyn FnOnce() -> ColorImage + Send>,
}

/// The requests of a frame, most urgent first.
#[derive(Default)]
pub struct TextureRequests {
    /// Visible textures.
    pub visible: Vec<TextureRequest>,
    /// Textures that may become visible next.
    pub nearby: Vec<TextureRequest>,
}

impl From<TextureRequests> for Vec<TextureRequest> {
    fn from(TextureRequests { mut visible, nearby }: TextureRequests) -> Self {
        visible.extend(nearby);
        visible
    }
}

/// A painted texture.
pub struct Painted {
    pub key: TextureKey,
    pub image: ColorImage,
}

#[derive(Default)]
struct PainterState {
    requests: VecDeque<TextureRequest>,
    painting: Option<TextureKey>,
    painted: VecDeque<Painted>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<PainterState>,
    changed: Condvar,
}

impl Shared {
    /// The state is valid at any time, so a poisoned lock is too.
    fn lock(&self) -> MutexGuard<'_, PainterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Handle of the painting thread.
pub struct TexturePainter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    context: Context,
    owners: u64,
}

impl TexturePainter {
    /// Starts the thread. Requests a repaint of `context` for every painted texture.
    pub fn new(context: &Context) -> Self {
        let shared = Arc::<Shared>::default();
        let (theirs, waking) = (shared.clone(), context.clone());
        let thread = thread::Builder::new().name("redawn-textures".to_owned()).spawn(move || work(&theirs, &waking));
        // Without a thread, textures are painted in the frames.
        Self { shared, thread: thread.ok(), context: context.clone(), owners: 0 }
    }

    /// A new owner id.
    pub fn owner(&mut self) -> u64 {
        self.owners += 1;
        self.owners
    }

    /// Replaces all requests, most urgent first.
    pub fn request(&self, requests: Vec<TextureRequest>) {
        if self.thread.is_none() {
            if let Some(request) = requests.into_iter().next() {
                self.shared.lock().painted.push_back(Painted { key: request.key, image: (request.paint)() });
                self.context.request_repaint();
            }
            return;
        }
        let mut state = self.shared.lock();
        let PainterState { painting, painted, .. } = &*state;
        let is_new = |request: &TextureRequest| {
            *painting != Some(request.key) && painted.iter().all(|painted| painted.key != request.key)
        };
        let requests: VecDeque<TextureRequest> = requests.into_iter().filter(is_new).collect();
        let old = std::mem::replace(&mut state.requests, requests);
        drop(state);
        drop(old);
        self.shared.changed.notify_one();
    }

    /// The next painted texture.
    pub fn take(&self) -> Option<Painted> {
        self.shared.lock().painted.pop_front()
    }
}

impl Drop for TexturePainter {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // The thread catches its panics.
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, context: &Context) {
    loop {
        let mut state = shared.lock();
        while state.requests.is_empty() && !state.closed {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return;
        }
        let Some(TextureRequest { key, paint }) = state.requests.pop_front() else { continue };
        state.painting = Some(key);
        drop(state);
        // After a panic an empty texture, so that it is not requested again.
        let image = catch_unwind(AssertUnwindSafe(paint))
            .unwrap_or_else(|_| ColorImage::filled([1, 1], egui::Color32::TRANSPARENT));
        let mut state = shared.lock();
        state.painting = None;
        state.painted.push_back(Painted { key, image });
        drop(state);
        context.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn key(column: usize) -> TextureKey {
        TextureKey { owner: 1, tile: (0, column, 0), version: 0, nearest: false }
    }

    fn next_painted(painter: &TexturePainter) -> Painted {
        let start = std::time::Instant::now();
        loop {
            if let Some(painted) = painter.take() {
                return painted;
            }
            assert!(start.elapsed() < PATIENCE, "never painted");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn red(column: usize) -> TextureRequest {
        TextureRequest { key: key(column), paint: Box::new(|| ColorImage::filled([2, 2], egui::Color32::RED)) }
    }

    #[test]
    fn replaced_requests_are_not_painted_and_nothing_is_painted_twice() {
        let painter = TexturePainter::new(&Context::default());
        let (go, gate) = mpsc::channel::<()>();
        let (begun, began) = mpsc::channel();
        let held = TextureRequest {
            key: key(0),
            paint: Box::new(move || {
                begun.send(()).unwrap();
                gate.recv().unwrap();
                ColorImage::filled([1, 1], egui::Color32::RED)
            }),
        };
        painter.request(vec![held, red(1)]);
        began.recv_timeout(PATIENCE).unwrap();
        // The first is being painted, the second is out of view.
        painter.request(vec![red(0), red(2)]);
        go.send(()).unwrap();
        assert_eq!([next_painted(&painter).key, next_painted(&painter).key], [key(0), key(2)]);
        assert!(painter.take().is_none());
    }

    #[test]
    fn a_panic_does_not_end_the_thread() {
        let painter = TexturePainter::new(&Context::default());
        painter.request(vec![TextureRequest { key: key(0), paint: Box::new(|| panic!("on purpose")) }, red(1)]);
        assert_eq!(next_painted(&painter).image.size, [1, 1]);
        assert_eq!(next_painted(&painter).image.size, [2, 2]);
    }
}
