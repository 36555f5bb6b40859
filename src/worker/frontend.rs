//! The worker's end of its channels to the front end (window or command line).

use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender};

use super::{
    Event, JobControl, JobId, Request,
    thread::{REQUESTS, Wake},
};
use crate::{
    pixels::Rect,
    restore::{Follower, Update},
};

/// The front end has dropped its end of the channels.
pub struct Disconnected;

/// The front end as the worker sees it: receives requests, sends events.
pub struct Frontend {
    inbox: Receiver<Request>,
    /// Requests received while a job was running.
    waiting: VecDeque<Request>,
    outbox: Sender<Event>,
    wake: Wake,
}

impl Frontend {
    /// The worker's ends of the channels; `wake` is called after every event.
    pub fn new(inbox: Receiver<Request>, outbox: Sender<Event>, wake: Wake) -> Self {
        Self { inbox, waiting: VecDeque::new(), outbox, wake }
    }

    /// Waits for the next request; none when the front end has disconnected and all its requests are done.
    pub fn next_request(&mut self) -> Option<Request> {
        self.waiting.pop_front().or_else(|| self.inbox.recv().ok())
    }

    /// Sends an event, and wakes the front end.
    pub fn send(&self, event: Event) -> Result<(), Disconnected> {
        self.outbox.send(event).map_err(|_| Disconnected)?;
        (self.wake)();
        Ok(())
    }

    /// Sets the visible part of a waiting job. Ignored if the job has ended.
    fn focus_waiting(&mut self, job: JobId, rect: Rect) {
        for request in &mut self.waiting {
            if let Request::Restore(request) | Request::Preview(request, _) = request
                && request.job == job
            {
                request.focus = Some(rect);
            }
        }
    }
}

/// Passes the updates of a job to the front end, and its focus and cancellation to the job.
pub struct JobFollower<'a> {
    job: JobId,
    cancel: &'a JobControl,
    focus: Option<Rect>,
    frontend: &'a mut Frontend,
    disconnected: bool,
    /// The page in work, from 0, and the number of pages.
    page: (usize, usize),
}

impl<'a> JobFollower<'a> {
    /// A follower of this job. `focus`: the visible part, in px of the result.
    pub fn new(job: JobId, cancel: &'a JobControl, focus: Option<Rect>, frontend: &'a mut Frontend) -> Self {
        Self { job, cancel, focus, frontend, disconnected: false, page: (0, 1) }
    }

    /// For a page, from 0, of `count` that are restored in this job: progress is that of all pages, as if they were equal.
    /// Tiles and damage are those of the first page only, which is the one on screen.
    pub fn on_page(self, page: usize, count: usize) -> Self {
        Self { page: (page, count), ..self }
    }

    /// Whether the front end has disconnected.
    pub fn is_disconnected(&self) -> bool {
        self.disconnected
    }
}

impl Follower for JobFollower<'_> {
    fn update(&mut self, update: Update) {
        let update = match (update, self.page) {
            (Update::Progress { stage, done, total }, (page, count)) => {
                Update::Progress { stage, done: done + page * total, total: total * count }
            }
            (Update::Tile { .. } | Update::Detected(_), (1.., _)) => return,
            (update, _) => update,
        };
        self.disconnected |= self.frontend.send(Event::update(self.job, update)).is_err();
    }

    fn focus(&mut self) -> Option<Rect> {
        // Bounded like the channel itself: further requests stay there, and `try_send` refuses more.
        while self.frontend.waiting.len() < REQUESTS
            && let Ok(request) = self.frontend.inbox.try_recv()
        {
            match request {
                Request::Focus { job, rect } if job == self.job => self.focus = Some(rect),
                Request::Focus { job, rect } => self.frontend.focus_waiting(job, rect),
                other => self.frontend.waiting.push_back(other),
            }
        }
        self.focus
    }

    fn checkpoint(&self) -> bool {
        self.disconnected || self.cancel.checkpoint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pixels::{Planes, Size},
        restore::Stage,
        worker::Body,
    };

    #[test]
    fn of_other_pages_than_the_first_only_the_progress_is_passed_on() {
        let (_requests, inbox) = crossbeam_channel::bounded(1);
        let (outbox, events) = crossbeam_channel::bounded(8);
        let mut frontend = Frontend::new(inbox, outbox, std::sync::Arc::new(|| {}));
        let cancel = JobControl::default();
        for page in 0..2 {
            let mut following = JobFollower::new(JobId(1), &cancel, None, &mut frontend).on_page(page, 2);
            let (frame, pixels) = (Size::new(2, 1), Planes::filled(3, Size::new(2, 1), 0.5));
            following.update(Update::Progress { stage: Stage::Denoising, done: 1, total: 4 });
            following.update(Update::Tile { frame, rect: frame.rect(), pixels, finished: true });
        }
        let kinds = events.try_iter().map(|event| match event.body {
            Body::Update(Update::Progress { done, total, .. }) => Some((done, total)),
            _ => None,
        });
        assert_eq!(kinds.collect::<Vec<_>>(), [Some((1, 8)), None, Some((5, 8))]);
    }
}
