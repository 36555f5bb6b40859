//! Unsaved results of photos that are not on screen.

use super::{queue::ItemId, session::Session};
use crate::imaging::MemoryLimit;

/// Sessions with unsaved results, oldest first. Limited to a quarter of the free memory.
#[derive(Debug, Default)]
pub struct UnsavedResults(Vec<(ItemId, Session)>);

impl UnsavedResults {
    /// Keeps a session. Returns the photos whose sessions were dropped to stay within the limit, oldest first.
    pub fn keep(&mut self, id: ItemId, session: Session) -> Vec<ItemId> {
        self.forget(id);
        self.0.push((id, session));
        let mut dropped = Vec::new();
        let most = MemoryLimit::default().left().map_or(u64::MAX, |left| left / 4);
        while self.0.len() > 1 && self.bytes() > most {
            dropped.push(self.0.remove(0).0);
        }
        dropped
    }

    /// Removes and returns a session.
    pub fn take(&mut self, id: ItemId) -> Option<Session> {
        let place = self.0.iter().position(|(kept, _)| *kept == id)?;
        Some(self.0.remove(place).1)
    }

    /// A session.
    pub fn get(&self, id: ItemId) -> Option<&Session> {
        self.0.iter().find(|(kept, _)| *kept == id).map(|(_, session)| session)
    }

    /// Drops a session.
    pub fn forget(&mut self, id: ItemId) {
        self.forget_unless(|kept| kept != id);
    }

    /// Drops all sessions except those of `wanted` photos.
    pub fn forget_unless(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.0.retain(|(id, _)| wanted(*id));
    }

    fn bytes(&self) -> u64 {
        let photos = self.0.iter().flat_map(|(_, session)| {
            let source = session.source().map(|source| &source.photo);
            let restoration = session.restoration();
            let results =
                restoration.into_iter().flat_map(|restoration| [Some(&restoration.result), restoration.full.as_ref()]);
            source.into_iter().chain(results.flatten())
        });
        photos
            .map(|photo| (photo.pixels.size().area() * photo.pixels.channels() * photo.pixels.depth().bytes()) as u64)
            .sum()
    }
}
