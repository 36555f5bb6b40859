//! The painted area in colour over the photo.

use egui::{ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{Layout, draw},
    texture_painter::{Painted, TextureKey, TextureRequest, TextureRequests},
    view,
};
use crate::{
    pixels::{self, Size},
    restore::{Coverage, Grid, Painting},
    ui::theme,
};

/// Texels per screen pixel.
const DENSITY: f32 = 0.5;

/// What a texture shows: the part `rect` of a picture of `size` texels of the whole photo.
#[derive(Clone, PartialEq)]
struct Part {
    painting: Painting,
    size: Size,
    rect: pixels::Rect,
}

impl Part {
    fn image(&self, photo: Size) -> ColorImage {
        let colours: Vec<_> =
            (0..=255).map(|share: u8| theme::PAINTED.gamma_multiply(f32::from(share) / 255.0)).collect();
        let colour = |coverage: f32| colours[(coverage * 255.0 + 0.5) as usize];
        match self.painting.coverage(&Grid::of_part(self.rect, self.size, photo)) {
            Coverage::Uniform(coverage) => ColorImage::filled([1, 1], colour(coverage)),
            Coverage::Varying(planes) => ColorImage::new(
                [planes.width(), planes.height()],
                planes.data().iter().map(|coverage| colour(*coverage)).collect(),
            ),
        }
    }
}

/// The overlay: one texture for what is in view.
pub struct AreaOverlay {
    /// Whether it is shown while painting.
    pub is_shown: bool,
    owner: u64,
    version: u64,
    /// What was requested last.
    wanted: Option<Part>,
    /// Version and place of the texture.
    shown: Option<(TextureHandle, u64, Part)>,
    /// Requested parts that may still arrive.
    requested: Vec<(u64, Part)>,
}

impl AreaOverlay {
    /// Nothing yet. `owner` identifies its textures.
    pub fn new(owner: u64) -> Self {
        Self { is_shown: true, owner, version: 0, wanted: None, shown: None, requested: Vec::new() }
    }

    /// Removes the texture: another photo is shown.
    pub fn clear(&mut self) {
        (self.wanted, self.shown) = (None, None);
        self.requested.clear();
    }

    /// Uploads a painted texture, or returns it if it belongs to another owner.
    pub fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let TextureKey { owner, version, .. } = painted.key;
        if owner != self.owner {
            return Err(painted);
        }
        if let Some(place) = self.requested.iter().position(|(requested, _)| *requested == version) {
            let (_, part) = self.requested.swap_remove(place);
            let texture = context.load_texture("painted area", painted.image, TextureOptions::LINEAR);
            self.shown = Some((texture, version, part));
            self.requested.retain(|(requested, _)| *requested > version);
        }
        Ok(())
    }

    /// Requests and draws what is in view. Until it is painted, the one before is drawn at its place.
    pub fn paint(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        photo: Size,
        painting: &Painting,
        requests: &mut TextureRequests,
    ) {
        let density = layout.pixels_per_point * DENSITY;
        let texels = |points: f32| (points * density).round().max(1.0) as usize;
        let size = Size::new(texels(layout.place.width()), texels(layout.place.height()));
        let Some(rect) = view::visible_px(layout.visible, layout.place, size) else { return };
        let part = Part { painting: painting.clone(), size, rect };
        if self.wanted.as_ref() != Some(&part) {
            self.version += 1;
            self.wanted = Some(part.clone());
            self.requested.push((self.version, part.clone()));
        }
        let version = self.version;
        if self.shown.as_ref().is_none_or(|(_, shown, _)| *shown != version) {
            let key = TextureKey { owner: self.owner, tile: (0, 0, 0), version, nearest: false };
            requests.visible.insert(0, TextureRequest { key, paint: Box::new(move || part.image(photo)) });
        }
        if let Some((texture, _, part)) = &self.shown {
            let place: Rect = view::place_of(part.rect, part.size, layout.place);
            draw(painter, texture, place, view::WHOLE);
        }
    }
}
