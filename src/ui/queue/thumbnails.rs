//! Thumbnails of the photos in the queue.

use std::{collections::HashMap, ops::Range, sync::Arc};

use egui::{ColorImage, Context, CornerRadius, Image, Rect, TextureHandle, TextureOptions, Ui, Vec2};

use super::super::{theme, widgets};
use crate::{
    imaging::Thumbnail,
    state::{Item, ItemId, Queue, State},
};

/// Thumbnails are kept this many rows around those on screen.
const KEPT_AROUND: usize = 200;

/// The thumbnails, as far as they are loaded.
#[derive(Default)]
pub struct Thumbnails {
    pictures: HashMap<ItemId, ThumbnailState>,
    /// Rows on screen.
    pub visible: Range<usize>,
}

/// State of a thumbnail.
enum ThumbnailState {
    Loaded(TextureHandle),
    /// Removed from memory: far from the rows on screen.
    Removed,
    /// The photo could not be read.
    Unreadable,
}

impl Thumbnails {
    /// Adds a photo's thumbnail, or `None` if it could not be read.
    pub fn add(&mut self, context: &Context, queue: &Queue, id: ItemId, thumbnail: Option<&Thumbnail>) {
        let near = self.visible.start.saturating_sub(KEPT_AROUND)..self.visible.end + KEPT_AROUND;
        let is_near = |id: ItemId| queue.position(id).is_some_and(|place| near.contains(&place));
        let state = match thumbnail {
            None => ThumbnailState::Unreadable,
            Some(_) if !is_near(id) => ThumbnailState::Removed,
            Some(Thumbnail { size, texels }) => {
                let image = ColorImage::from_rgba_unmultiplied([size.width, size.height], texels.as_flattened());
                ThumbnailState::Loaded(context.load_texture(
                    format!("thumbnail {}", id.0),
                    image,
                    TextureOptions::LINEAR,
                ))
            }
        };
        self.pictures.insert(id, state);
        let pictures = self.pictures.iter_mut().filter(|(_, state)| matches!(state, ThumbnailState::Loaded(_)));
        pictures.filter(|(id, _)| !is_near(**id)).for_each(|(_, state)| *state = ThumbnailState::Removed);
        context.request_repaint();
    }

    /// The photo whose thumbnail is needed next: one on screen, else the first that was never read.
    pub fn wanted<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        let items = queue.items();
        let visible = items.get(self.visible.clone()).unwrap_or_default();
        let missing = |item: &&Arc<Item>| matches!(self.pictures.get(&item.id), None | Some(ThumbnailState::Removed));
        let unread = |item: &&Arc<Item>| !self.pictures.contains_key(&item.id);
        let mut wanted = visible.iter().filter(missing).chain(items.iter().filter(unread));
        wanted.find(|item| !matches!(item.state, State::Failed(_))).map(Arc::as_ref)
    }

    /// Removes the thumbnails of other photos.
    pub fn forget(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.pictures.retain(|id, _| wanted(*id));
    }

    /// Draws the thumbnail of a photo.
    pub fn draw(&self, ui: &Ui, room: Rect, item: &Item) {
        let palette = theme::palette(ui);
        if let Some(ThumbnailState::Loaded(texture)) = self.pictures.get(&item.id) {
            let size = texture.size_vec2();
            let scale = (room.width() / size.x).min(room.height() / size.y);
            let rect = Rect::from_center_size(room.center(), size * scale);
            Image::new(texture).corner_radius(2.0).paint_at(ui, rect);
            return;
        }
        ui.painter().rect_filled(room, CornerRadius::same(2), palette.raised);
        if let State::Failed(_) = item.state {
            let cross = Rect::from_center_size(room.center(), Vec2::splat(14.0));
            widgets::draw_cross(ui.painter(), cross, palette.problem);
        }
    }
}
