//! Unsaved results of photos that are not on screen.

use super::{queue::ItemId, session::Session};
use crate::imaging::MemoryLimit;

/// Sessions with their results, the oldest first; so many that they take a small share of the memory.
#[derive(Debug, Default)]
pub struct UnsavedResults(Vec<(ItemId, Session)>);

impl UnsavedResults {
    /// Keeps one. When that is too much, the oldest go: their photos come back.
    pub fn keep(&mut self, id: ItemId, session: Session) -> Vec<ItemId> {
        self.forget(id);
        self.0.push((id, session));
        let mut lost = Vec::new();
        let most = MemoryLimit::default().left().map_or(u64::MAX, |left| left / 4);
        while self.0.len() > 1 && self.bytes() > most {
            lost.push(self.0.remove(0).0);
        }
        lost
    }

    /// Gives one back.
    pub fn take(&mut self, id: ItemId) -> Option<Session> {
        let place = self.0.iter().position(|(kept, _)| *kept == id)?;
        Some(self.0.remove(place).1)
    }

    /// One of them.
    pub fn get(&self, id: ItemId) -> Option<&Session> {
        self.0.iter().find(|(kept, _)| *kept == id).map(|(_, session)| session)
    }

    /// Lets one go.
    pub fn forget(&mut self, id: ItemId) {
        self.forget_unless(|kept| kept != id);
    }

    /// Lets all go but these.
    pub fn forget_unless(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.0.retain(|(id, _)| wanted(*id));
    }

    fn bytes(&self) -> u64 {
        let photos = self.0.iter().flat_map(|(_, session)| {
            let source = session.source().map(|source| &source.photo);
            let restoration = session.restoration();
            let results = restoration.into_iter().flat_map(|made| [Some(&made.result), made.full.as_ref()]);
            source.into_iter().chain(results.flatten())
        });
        photos
            .map(|photo| (photo.pixels.size().area() * photo.pixels.channels() * photo.pixels.depth().bytes()) as u64)
            .sum()
    }
}
