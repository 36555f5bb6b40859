//! The photo: before and after under one zoom and pan, and the tiles as they land.

use std::sync::Arc;

use egui::{
    Align2, Color32, ColorImage, Context, CornerRadius, CursorIcon, Key, Painter, PointerButton, Rect, Sense,
    TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    divider::Divider,
    landing::{Landing, Look},
    pyramid::{Budget, Pyramid, draw},
    text, theme,
    view::{self, View},
    widgets,
};
use crate::{
    app::{Command, Session},
    pixels::{self, Planes, Size},
    restore::{Print, Recipe, Strength},
};

/// From this zoom on, px are shown as squares.
const SQUARES_FROM: f32 = 3.0;
/// What a press of + or − does to the zoom.
const ZOOM_STEP: f32 = 1.25;
/// Points of wheel for a factor of e.
const WHEEL_TO_ZOOM: f32 = 240.0;
/// Side of the squares under transparent px, in points.
const CHECKER_SIDE: f32 = 8.0;

/// The photo on screen.
pub struct Canvas {
    view: View,
    divider: Divider,
    before: Option<Pyramid>,
    after: Option<Pyramid>,
    landing: Landing,
    checker: TextureHandle,
    /// Where it was drawn last, in points.
    area: Rect,
}

impl Canvas {
    /// An empty canvas.
    pub fn new(context: &Context) -> Self {
        let [light, dark] = theme::CHECKER;
        let checker = ColorImage::new([2, 2], vec![light, dark, dark, light]);
        Self {
            view: View::default(),
            divider: Divider::default(),
            before: None,
            after: None,
            landing: Landing::default(),
            checker: context.load_texture("checker", checker, TextureOptions::NEAREST_REPEAT),
            area: Rect::ZERO,
        }
    }

    /// Where the divider stands, as a share of the width.
    pub fn divider(&self) -> f32 {
        self.divider.share()
    }

    /// Forgets what has landed: another restoration starts.
    pub fn clear_landing(&mut self) {
        self.landing.clear();
    }

    /// Takes in a finished tile of a restoration, at full strength.
    pub fn land(&mut self, frame: Size, rect: pixels::Rect, tile: &Planes) {
        self.landing.land(frame, rect, tile);
    }

    /// Shows the session's photo in all the room there is. `recipe` is what the next restoration would have;
    /// its strength is that of the one that is shown.
    pub fn show(&mut self, ui: &mut Ui, session: &Session, recipe: Recipe, commands: &mut Vec<Command>) {
        let area = ui.available_rect_before_wrap();
        self.area = area;
        self.follow(ui.ctx(), session, recipe.strength);
        let Some(before) = &self.before else { return };
        let photo = in_points(before.print().size());
        let name = session.source().map_or_else(String::new, |source| text::file_name(&source.path));

        let canvas = ui.interact(area, ui.scope_id().with("canvas"), Sense::click_and_drag());
        canvas.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {name}", text::PHOTO)));
        let comparing = self.after.is_some() || session.run().is_some();
        let divider = comparing.then(|| self.divider.interact_ui(ui, area));

        self.move_view(ui, &canvas, photo);
        self.obey_keys(ui, comparing);

        let place = self.view.place(area, photo);
        let peek = comparing && ui.input(|input| input.key_down(Key::Backslash)) && !ui.ctx().text_edit_focused();
        let split = match comparing {
            true if !peek => self.divider.x(area),
            _ => area.right(),
        };
        let complete = self.paint(ui.painter(), place, split, session, recipe.strength);
        if !complete {
            ui.ctx().request_repaint();
        }
        if let Some(response) = divider.filter(|_| !peek) {
            self.divider.paint(&ui.painter().with_clip_rect(area), area, &response, theme::palette(ui).accent);
        }
        if comparing {
            self.paint_labels(ui.painter(), split, session);
        }
        let scale = session.run().map_or(recipe.scale, |run| run.recipe.scale);
        let result = self.size_before().map(|size| size.times(scale.factor()));
        commands.extend(result.and_then(|size| view::visible_px(area, place, size)).map(Command::Look));
    }

    /// Makes the textures of what the session shows now.
    fn follow(&mut self, context: &Context, session: &Session, strength: Strength) {
        let shows =
            |shown: &Option<Pyramid>, print: &Print| shown.as_ref().is_some_and(|shown| shown.print().is(print));
        let source = session.source().map(|source| Print::Photo(source.photo.clone()));
        if let Some(photo) = source.filter(|photo| !shows(&self.before, photo)) {
            self.before = Some(Pyramid::new(context, photo));
            self.landing.clear();
            self.view.fit();
        }
        let result = session.print(strength);
        match (result, &mut self.after) {
            (Some(result), after) if shows(after, &result) => {}
            (Some(result), Some(after)) if Arc::ptr_eq(after.print().base(), result.base()) => after.change(result),
            (Some(result), after) => *after = Some(Pyramid::new(context, result)),
            (None, after) => *after = None,
        }
        if self.after.is_none() && session.run().is_none() {
            self.landing.clear();
        }
    }

    fn move_view(&mut self, ui: &Ui, canvas: &egui::Response, photo: Vec2) {
        let area = self.area;
        if canvas.double_clicked() {
            self.view.fit();
        }
        let panning = canvas.dragged_by(PointerButton::Primary) || canvas.dragged_by(PointerButton::Middle);
        if panning {
            self.view.pan(canvas.drag_delta(), area, photo);
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
        // Also over the divider: the wheel belongs to the photo wherever it lies.
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| ui.rect_contains_pointer(area));
        if let Some(pointer) = pointer {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (wheel / WHEEL_TO_ZOOM).exp() * pinch;
            if factor != 1.0 {
                let scale = self.view.scale(area, photo) * factor;
                self.view.zoom_to(scale, pointer, area, photo);
            }
        }
    }

    fn obey_keys(&mut self, ui: &Ui, comparing: bool) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        let pressed =
            |key| ui.input(|input| !input.modifiers.command && !input.modifiers.alt && input.key_pressed(key));
        if comparing {
            for (key, share) in [(Key::Num1, Divider::LEFT), (Key::Num2, Divider::MIDDLE), (Key::Num3, Divider::RIGHT)]
            {
                if pressed(key) {
                    self.divider.place(share);
                }
            }
        }
        if pressed(Key::F) {
            self.view.fit();
        }
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.zoom_by(ZOOM_STEP);
        }
        if pressed(Key::Minus) {
            self.zoom_by(1.0 / ZOOM_STEP);
        }
    }

    fn zoom_by(&mut self, factor: f32) {
        if let Some(photo) = self.photo() {
            let scale = self.view.scale(self.area, photo) * factor;
            self.view.zoom_to(scale, self.area.center(), self.area, photo);
        }
    }

    fn size_before(&self) -> Option<Size> {
        self.before.as_ref().map(|before| before.print().size())
    }

    fn photo(&self) -> Option<Vec2> {
        self.size_before().map(in_points)
    }

    /// How many times wider than before the picture is that counts as 100 %.
    fn enlargement(&self) -> f32 {
        let width = |shown: &Option<Pyramid>| shown.as_ref().map(|shown| shown.print().size().width as f32);
        match (width(&self.before), width(&self.after)) {
            (Some(before), Some(after)) => after / before,
            _ => 1.0,
        }
    }

    /// Pixels of the screen for one px of the result (of the photo, as long as there is none).
    fn zoom(&self, pixels_per_point: f32) -> f32 {
        self.photo().map_or(1.0, |photo| self.view.scale(self.area, photo) * pixels_per_point / self.enlargement())
    }

    /// The controls of the zoom, from right to left.
    pub fn zoom_ui(&mut self, ui: &mut Ui) {
        let ready = self.before.is_some();
        let pixels_per_point = ui.ctx().pixels_per_point();
        ui.add_enabled_ui(ready, |ui| {
            if widgets::icon_button(ui, text::ZOOM_IN, widgets::draw_sign(true)).clicked() {
                self.zoom_by(ZOOM_STEP);
            }
            let percent = if ready { text::percent(self.zoom(pixels_per_point)) } else { "–".to_owned() };
            let size = vec2(7.0 * theme::STEP, theme::CONTROL_HEIGHT);
            ui.add_sized(size, egui::Label::new(percent));
            if widgets::icon_button(ui, text::ZOOM_OUT, widgets::draw_sign(false)).clicked() {
                self.zoom_by(1.0 / ZOOM_STEP);
            }
            if ui.button(text::ONE_TO_ONE).on_hover_text(text::ONE_TO_ONE_HINT).clicked()
                && let Some(photo) = self.photo()
            {
                let scale = self.enlargement() / pixels_per_point;
                self.view.zoom_to(scale, self.area.center(), self.area, photo);
            }
            if ui.button(text::FIT).on_hover_text(text::FIT_HINT).clicked() {
                self.view.fit();
            }
        });
    }

    /// Draws before left of `split` and after right of it. Whether all of it could be drawn.
    fn paint(&mut self, painter: &Painter, place: Rect, split: f32, session: &Session, strength: Strength) -> bool {
        let area = self.area;
        let nearest = self.zoom(painter.ctx().pixels_per_point()) >= SQUARES_FROM;
        let mut budget = Budget::for_frame();
        let left = painter.with_clip_rect(area.with_max_x(split));
        let right = painter.with_clip_rect(area.with_min_x(split));
        if self.before.as_ref().is_some_and(|before| before.print().base().pixels.has_alpha()) {
            self.paint_checker(&painter.with_clip_rect(area), place);
        }
        let mut complete = true;
        if let Some(before) = &mut self.before {
            complete &= before.paint(&left, place, nearest, true, &mut budget);
            // What is not restored yet is shown as it was.
            if self.after.is_none() && split < area.right() {
                complete &= before.paint(&right, place, nearest, true, &mut budget);
            }
        }
        let running = session.run().is_some();
        if let Some(after) = self.after.as_mut().filter(|_| running) {
            complete &= after.paint(&right, place, nearest, true, &mut budget);
        }
        // The landed tiles stay below until the textures of the whole result are there.
        if let (Some(before), true) = (&self.before, running || self.after.is_some()) {
            let look = Look { photo: &before.print().base().pixels, colours: before.colours(), strength };
            complete &= self.landing.paint(&right, place, look, &mut budget);
        }
        if let Some(after) = self.after.as_mut().filter(|_| !running) {
            let drawn = after.paint(&right, place, nearest, self.landing.is_empty(), &mut budget);
            if drawn {
                self.landing.clear();
            }
            complete &= drawn;
        }
        complete
    }

    fn paint_checker(&self, painter: &Painter, place: Rect) {
        let seen = place.intersect(self.area);
        if seen.is_positive() {
            let uv = Rect::from_min_size(pos2(0.0, 0.0), seen.size() / (2.0 * CHECKER_SIDE));
            draw(painter, &self.checker, seen, uv);
        }
    }

    /// Says on either side of the divider what it shows, as long as there is room.
    fn paint_labels(&self, painter: &Painter, split: f32, session: &Session) {
        let Some(before) = &self.before else { return };
        let landed = session.run().and_then(|_| self.landing.frame());
        let after_size = landed.or(self.after.as_ref().map(|after| after.print().size()));
        let of = |name: &str, size: Option<Size>| match size {
            Some(size) => format!("{name}  {}", text::px(size)),
            None => name.to_owned(),
        };
        let (left, right) = (self.area.with_max_x(split), self.area.with_min_x(split));
        label(painter, left, Align2::LEFT_TOP, of(text::BEFORE, Some(before.print().size())));
        label(painter, right, Align2::RIGHT_TOP, of(text::AFTER, after_size));
    }
}

fn in_points(size: Size) -> Vec2 {
    vec2(size.width as f32, size.height as f32)
}

fn label(painter: &Painter, area: Rect, corner: Align2, label: String) {
    let font = egui::FontId::proportional(13.0);
    let galley = painter.layout_no_wrap(label, font, theme::LABEL_TEXT);
    let padding = vec2(1.25 * theme::STEP, 0.5 * theme::STEP);
    let size = galley.size() + 2.0 * padding;
    let room = area.shrink(1.5 * theme::STEP);
    if room.width() < size.x {
        return;
    }
    let rect = corner.align_size_within_rect(size, room);
    painter.rect_filled(rect, CornerRadius::same(theme::ROUNDING), theme::LABEL_FILL);
    painter.galley(rect.min + padding, galley, Color32::PLACEHOLDER);
}
