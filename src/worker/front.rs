//! The worker's end of its channels to the front, and how a restoration is followed through them.

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

/// The front is gone: no event reaches it any more.
pub struct Disconnected;

/// Requests in, events out.
pub struct Front {
    inbox: Receiver<Request>,
    /// Requests that came while a job was running.
    waiting: VecDeque<Request>,
    outbox: Sender<Event>,
    wake: Wake,
}

impl Front {
    /// The worker's ends of the channels; `wake` is called after every event.
    pub fn new(inbox: Receiver<Request>, outbox: Sender<Event>, wake: Wake) -> Self {
        Self { inbox, waiting: VecDeque::new(), outbox, wake }
    }

    /// Waits for the next request; none when the front is gone and all its requests are done.
    pub fn next_request(&mut self) -> Option<Request> {
        self.waiting.pop_front().or_else(|| self.inbox.recv().ok())
    }

    /// Sends an event, and wakes the front.
    pub fn send(&self, event: Event) -> Result<(), Disconnected> {
        self.outbox.send(event).map_err(|_| Disconnected)?;
        (self.wake)();
        Ok(())
    }

    /// A job that has not begun begins with what is on screen. A view of one that has ended is of no use.
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

/// Follows a restoration for the front.
pub struct Following<'a> {
    job: JobId,
    cancel: &'a JobControl,
    focus: Option<Rect>,
    front: &'a mut Front,
    disconnected: bool,
}

impl<'a> Following<'a> {
    /// Follows this job; `focus` is what is on screen, in px of the result.
    pub fn new(job: JobId, cancel: &'a JobControl, focus: Option<Rect>, front: &'a mut Front) -> Self {
        Self { job, cancel, focus, front, disconnected: false }
    }

    /// Whether the front is gone.
    pub fn is_disconnected(&self) -> bool {
        self.disconnected
    }
}

impl Follower for Following<'_> {
    fn update(&mut self, update: Update) {
        self.disconnected |= self.front.send(Event::update(self.job, update)).is_err();
    }

    fn focus(&mut self) -> Option<Rect> {
        // Bounded like the channel itself: further requests stay there, and the front's next ones are refused.
        while self.front.waiting.len() < REQUESTS
            && let Ok(request) = self.front.inbox.try_recv()
        {
            match request {
                Request::Focus { job, rect } if job == self.job => self.focus = Some(rect),
                Request::Focus { job, rect } => self.front.focus_waiting(job, rect),
                other => self.front.waiting.push_back(other),
            }
        }
        self.focus
    }

    fn checkpoint(&self) -> bool {
        self.disconnected || self.cancel.hold()
    }
}
