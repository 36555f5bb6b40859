//! The preview grid: the same crop with each choice, in place of the canvas.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, RichText, Role, Sense, Spinner, Stroke, StrokeKind, TextStyle,
    TextureHandle, TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    Scene, text,
    theme::{self, CAPTION, STEP},
    viewer::{texels, view::WHOLE},
    widgets,
};
use crate::{
    imaging::{Photo, ScreenColours},
    pixels::Size,
    restore::Rendition,
    state::{Command, Compared, Preview, PreviewCell, PreviewGrid, RunState, Session},
};

/// Height of the caption below a picture, in points.
const CAPTION_HEIGHT: f32 = 3.5 * STEP;

/// Textures of the previews.
#[derive(Default)]
pub struct PreviewTextures {
    textures: Vec<(Arc<Photo>, TextureHandle)>,
}

impl PreviewTextures {
    /// Fills `area` with the previews.
    pub fn show(&mut self, ui: &mut Ui, area: Rect, grid: &PreviewGrid, commands: &mut Vec<Command>) {
        self.textures.retain(|(photo, _)| {
            let is_it =
                |cell: &PreviewCell| matches!(&cell.preview, Preview::Ready(ready) if Arc::ptr_eq(ready, photo));
            grid.cells.iter().any(is_it)
        });
        let inner = area.shrink(2.0 * STEP);
        let (head, below) = inner.split_top_bottom_at_y(inner.top() + theme::CONTROL_HEIGHT);
        ui.scope_builder(UiBuilder::new().max_rect(head), |ui| head_ui(ui, grid.compared, commands));
        let cells = cells_in(below.with_min_y(below.top() + STEP), grid.cells.len());
        let first = grid.wants();
        if let Some(cell) = cells.first().filter(|_| first) {
            let room = (picture_in(*cell).size() * ui.ctx().pixels_per_point()).floor().max(Vec2::splat(1.0));
            commands.push(Command::FillPreviews(Size::new(room.x as usize, room.y as usize)));
        }
        for (number, (cell, place)) in grid.cells.iter().zip(cells).enumerate() {
            let response = self.cell_ui(ui, number, cell, place, grid.compared);
            if first && cell.chosen {
                response.request_focus();
            }
            if response.clicked() {
                commands.push(Command::ChoosePreview(number));
            }
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, number: usize, cell: &PreviewCell, place: Rect, compared: Compared) -> Response {
        let response = ui.interact(place, ui.scope_id().with(("preview", number)), Sense::click());
        let title = match compared {
            Compared::Levels => text::level(cell.recipe.noise, cell.sigma),
            Compared::Sizes => text::scale(cell.recipe.scale),
        };
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, cell.chosen, text::preview_of(&title)));
        let palette = theme::palette(ui);
        let fill = if response.hovered() { palette.raised_hover } else { palette.surface };
        let edge = match (cell.chosen, response.has_focus()) {
            (_, true) => Stroke::new(2.0, palette.text),
            (true, false) => Stroke::new(2.0, palette.accent),
            (false, false) => Stroke::new(1.0, palette.line),
        };
        ui.painter().rect(place, CornerRadius::same(theme::ROUNDING), fill, edge, StrokeKind::Inside);
        let picture = picture_in(place);
        match &cell.preview {
            Preview::Pending(_) => {
                ui.put(Rect::from_center_size(picture.center(), Vec2::splat(3.0 * STEP)), Spinner::new());
            }
            Preview::Ready(photo) => self.paint(ui, picture, photo),
            Preview::Failed(reason) => {
                ui.scope_builder(UiBuilder::new().max_rect(picture), |ui| widgets::caption(ui, reason));
            }
        }
        let words = place.with_min_y(place.bottom() - CAPTION_HEIGHT).shrink2(vec2(1.5 * STEP, 0.0));
        let title_font = TextStyle::Button.resolve(ui.style());
        let title = ui.painter().text(words.left_center(), Align2::LEFT_CENTER, title, title_font, palette.text);
        let notes = text::preview_note(cell.auto && compared == Compared::Levels, cell.chosen);
        let rest = words.with_min_x(title.right() + STEP);
        if rest.width() > 4.0 * STEP {
            widgets::line(ui, rest, Align2::RIGHT_CENTER, notes, CAPTION.resolve(ui.style()), palette.text_quiet);
        }
        response
    }

    /// Paints a picture pixel by pixel, centred in `room`.
    fn paint(&mut self, ui: &Ui, room: Rect, photo: &Arc<Photo>) {
        let known = self.textures.iter().position(|(other, _)| Arc::ptr_eq(other, photo));
        let place = known.unwrap_or_else(|| {
            let Size { width, height } = photo.size();
            let ones = |side: usize| (0..side).map(|at| at..at + 1).collect::<Vec<_>>();
            let mut texels = texels::texels(&Rendition::Photo(photo.clone()), &ones(width), &ones(height), 1);
            ScreenColours::of(photo).iter().for_each(|colours| colours.convert(&mut texels));
            let image = texels::image([width, height], texels);
            let texture = ui.ctx().load_texture("preview", image, TextureOptions::NEAREST);
            self.textures.push((photo.clone(), texture));
            self.textures.len() - 1
        });
        let Some((_, texture)) = self.textures.get(place) else { return };
        let per_point = ui.ctx().pixels_per_point();
        let size = texture.size_vec2() / per_point;
        let corner = (room.center() - size / 2.0).to_vec2() * per_point;
        let at = Rect::from_min_size((corner.round() / per_point).to_pos2(), size);
        // A window that became smaller crops it.
        ui.painter().with_clip_rect(room).image(texture.id(), at, WHOLE, Color32::WHITE);
    }
}

fn head_ui(ui: &mut Ui, compared: Compared, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new(text::preview_title(compared)).strong());
        ui.label(RichText::new(text::PREVIEWS_HINT).color(theme::palette(ui).text_quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, text::CLOSE_PREVIEWS, widgets::draw_cross).clicked() {
                commands.push(Command::ClosePreviews);
            }
        });
    });
}

/// The button that opens the grid.
pub fn preview_button(ui: &mut Ui, scene: &Scene, compared: Compared, commands: &mut Vec<Command>) {
    let is_open = scene.session.source().is_some() && !matches!(scene.session, Session::Opening { .. });
    let enabled = scene.batch.run_state() == RunState::Idle && is_open;
    ui.add_enabled_ui(enabled, |ui| {
        if widgets::icon_button(ui, text::preview_title(compared), draw_grid).clicked() {
            commands.push(Command::ShowPreviews(compared));
        }
    });
}

fn draw_grid(painter: &egui::Painter, rect: Rect, colour: Color32) {
    let side = Vec2::splat((rect.width() - 3.0) / 2.0);
    for corner in [Align2::LEFT_TOP, Align2::RIGHT_TOP, Align2::LEFT_BOTTOM, Align2::RIGHT_BOTTOM] {
        let square = corner.align_size_within_rect(side, rect);
        painter.rect_stroke(square, CornerRadius::same(1), Stroke::new(1.5, colour), StrokeKind::Inside);
    }
}

/// Splits an area into `count` cells of equal size, row by row.
fn cells_in(area: Rect, count: usize) -> Vec<Rect> {
    let columns = match count {
        0..=4 => 2,
        5..=6 => 3,
        _ => 4,
    };
    let rows = count.div_ceil(columns).max(1);
    let gap = 1.5 * STEP;
    let spread = vec2((columns - 1) as f32, (rows - 1) as f32) * gap;
    let size = ((area.size() - spread) / vec2(columns as f32, rows as f32)).max(Vec2::splat(1.0)).floor();
    let cell = |number: usize| {
        let (column, row) = ((number % columns) as f32, (number / columns) as f32);
        Rect::from_min_size(pos2(area.left() + column * (size.x + gap), area.top() + row * (size.y + gap)), size)
    };
    (0..count).map(cell).collect()
}

/// The area of the picture in a cell.
fn picture_in(cell: Rect) -> Rect {
    let inner = cell.shrink(STEP / 2.0);
    inner.with_max_y((cell.bottom() - CAPTION_HEIGHT).max(inner.top()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fill_the_area_and_do_not_overlap() {
        let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(900.0, 600.0));
        for count in 1..=8 {
            let cells = cells_in(area, count);
            assert_eq!(cells.len(), count);
            for (number, cell) in cells.iter().enumerate() {
                assert!(area.contains_rect(*cell) && cell.contains_rect(picture_in(*cell)), "{count}: {cell:?}");
                assert!(cells[..number].iter().all(|other| !other.intersects(*cell)), "{count}: {cell:?}");
            }
        }
    }
}
