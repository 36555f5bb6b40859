//! The photo: before and after under one zoom and pan, and the tiles as they land.

use std::sync::Arc;

use egui::{
    Color32, Context, CursorIcon, EventFilter, Id, Key, Painter, PointerButton, Pos2, Rect, Response, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use super::{
    checker::Checker,
    compare::{Pane, Side},
    divider::Divider,
    live_tiles::{LiveTiles, Look},
    noise_map::NoiseOverlay,
    pyramid::{Layout, Pyramid},
    source::Source,
    texture_painter::{TexturePainter, Wishes},
    view::{self, View},
};
use crate::{
    imaging::Photo,
    pixels::{self, Planes, Size},
    restore::{Recipe, Rendition, Strength},
    state::{Command, Compare, Cut, Session},
    ui::{keys, labels::label_ui, text, theme},
};

/// From this zoom on, px are shown as squares.
const SQUARES_FROM: f32 = 3.0;
/// What a press of + or − does to the zoom.
pub const ZOOM_STEP: f32 = 1.25;
/// Points of wheel for a factor of e.
const WHEEL_TO_ZOOM: f32 = 240.0;
/// Points that an arrow key moves the photo by.
const KEY_PAN: f32 = 64.0;
/// Textures that one frame takes in: what it hands to the graphics card is 1 MiB each.
const MOST_UPLOADS: usize = 6;

/// The photo on screen.
pub struct Canvas {
    view: View,
    divider: Divider,
    compare: Compare,
    /// What [`Compare::Difference`] goes back to.
    former: Compare,
    photo: Option<Arc<Photo>>,
    before: Option<Pyramid>,
    after: Option<Pyramid>,
    difference: Option<Pyramid>,
    landing: LiveTiles,
    noise: NoiseOverlay,
    workshop: TexturePainter,
    checker: Checker,
    /// Where it was drawn last, in points.
    area: Rect,
    /// What the photo was laid out in: all of that, or the half of it that one of two pictures has.
    pane: Rect,
    comparing: bool,
}

impl Canvas {
    /// An empty canvas.
    pub fn new(context: &Context) -> Self {
        let mut workshop = TexturePainter::new(context);
        Self {
            view: View::default(),
            divider: Divider::default(),
            compare: Compare::default(),
            former: Compare::default(),
            photo: None,
            before: None,
            after: None,
            difference: None,
            landing: LiveTiles::new(workshop.owner()),
            noise: NoiseOverlay::default(),
            workshop,
            checker: Checker::new(context),
            area: Rect::ZERO,
            pane: Rect::ZERO,
            comparing: false,
        }
    }

    /// Puts the divider at a share of the width.
    pub fn place_divider(&mut self, share: f32) {
        self.divider.place(share);
    }

    /// Where the divider stands, as a share of the width.
    pub fn divider(&self) -> f32 {
        self.divider.share()
    }

    /// How before and after are compared.
    pub fn compare(&self) -> Compare {
        self.compare
    }

    /// Sets how they are compared.
    pub fn set_compare(&mut self, compare: Compare) {
        if compare == Compare::Difference && self.compare != compare {
            self.former = self.compare;
        }
        self.compare = compare;
    }

    /// The same, as a person chooses it: one of two parts that is chosen again is turned.
    pub fn choose(&mut self, compare: Compare) {
        self.set_compare(self.compare.choose(compare, self.area));
    }

    /// Whether there is something to compare.
    pub fn is_comparing(&self) -> bool {
        self.comparing
    }

    /// Whether there is a photo.
    pub fn has_photo(&self) -> bool {
        self.photo.is_some()
    }

    /// Whether the noise map lies over the photo.
    pub fn shows_noise_map(&self) -> bool {
        self.noise.is_shown()
    }

    /// Lays the noise map over the photo, or takes it away. Ignored where there is none.
    pub fn show_noise_map(&mut self, shown: bool) {
        self.noise.set_shown(shown);
    }

    /// Gets ready for the noise map of the session's photo; another photo's is gone.
    pub fn follow_noise(&mut self, session: &Session) {
        self.noise.follow(session.source().map(|source| &source.noise));
    }

    /// Forgets what has landed: another restoration starts.
    pub fn clear_live_tiles(&mut self) {
        self.landing.clear();
    }

    /// Keeps what has landed only until newer tiles are there.
    pub fn outdate_live_tiles(&mut self) {
        self.landing.outdate();
    }

    /// Takes in a tile of a restoration, at full strength: see [`LiveTiles::land`].
    pub fn land(&mut self, stage: (Size, bool), rect: pixels::Rect, tile: &Planes) {
        self.landing.land(stage, rect, tile);
    }

    /// Shows the session's photo in all the room there is. `recipe` is what the next restoration would have;
    /// its strength is that of the one that is shown.
    pub fn show(&mut self, ui: &mut Ui, session: &Session, recipe: Recipe, commands: &mut Vec<Command>) {
        let area = ui.available_rect_before_wrap();
        self.area = area;
        self.take_in(ui.ctx());
        self.follow(session, recipe.strength);
        let Some(photo) = self.photo.clone() else { return };
        let (before, size) = ((self.view, self.compare, self.noise.is_shown()), in_points(photo.size()));
        self.comparing = self.after.is_some() || session.has_live_tiles();

        let name = session.source().map_or_else(String::new, |source| text::file_name(&source.path));
        let canvas = ui.interact(area, ui.scope_id().with("canvas"), Sense::click_and_drag());
        canvas.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {name}", text::PHOTO)));
        self.obey_keys(ui);
        let mode = self.mode(ui, canvas.id);
        let line = match mode {
            Compare::Split(cut) => {
                let level = cut.is_level(area);
                Some((level, self.divider.interact_ui(ui, area, level)))
            }
            _ => None,
        };
        let pixels_per_point = ui.ctx().pixels_per_point();
        let panes = mode.panes(area, self.divider.share(), pixels_per_point);
        self.pane = panes.first().map_or(area, |pane| pane.rect);
        self.move_view(ui, (&canvas, line.as_ref().map(|(_, line)| line)), &panes, size);
        self.view.stay_in_reach(self.pane, size);

        let mut wishes = Wishes::default();
        for pane in &panes {
            let layout = Layout {
                place: self.view.place_on_pixels(pane.rect, size, pixels_per_point),
                seen: pane.seen,
                nearest: self.zoom(pixels_per_point) >= SQUARES_FROM,
                pixels_per_point,
            };
            let (painter, place) = (ui.painter().with_clip_rect(pane.seen), layout.place);
            self.paint(&painter, pane.side, layout, (session, recipe), &mut wishes);
            self.noise.paint(&painter, photo.size(), place, pane.seen);
        }
        self.workshop.wish(wishes.into());
        let accent = theme::palette(ui).accent;
        if let Some((level, response)) = line {
            self.divider.paint(&ui.painter().with_clip_rect(area), area, level, &response, accent);
        }
        if self.comparing {
            panes.iter().for_each(|pane| self.label_ui(ui, pane, session));
        }
        self.noise.legend_ui(ui, area);
        if canvas.has_focus() {
            ui.painter().rect_stroke(area, 0.0, Stroke::new(2.0, accent), StrokeKind::Inside);
        }
        // The bars were laid out before.
        if before != (self.view, self.compare, self.noise.is_shown()) {
            ui.ctx().request_repaint();
        }
        let place = self.view.place(self.pane, size);
        let look = view::visible_px(self.pane, place, photo.size().times(recipe.scale.factor()));
        commands.extend(look.map(Command::Look));
    }

    /// The comparison shown now: before alone while its key is held, or if there is no result.
    fn mode(&self, ui: &Ui, canvas: Id) -> Compare {
        let focus = ui.memory(|memory| memory.focused());
        // Space presses what has the focus.
        let free = focus.is_none_or(|focus| focus == canvas || focus == Divider::id());
        let held = |key| ui.input(|input| input.key_down(key));
        let peek = !keys::are_elsewhere(ui) && (held(Key::Backslash) || free && held(Key::Space));
        if peek || !self.comparing { Compare::Before } else { self.compare }
    }

    /// Takes in what was painted meanwhile.
    fn take_in(&mut self, context: &Context) {
        for _ in 0..MOST_UPLOADS {
            let Some(painted) = self.workshop.take() else { return };
            let mut left = self.landing.take_in(context, painted);
            for pyramid in [&mut self.before, &mut self.after, &mut self.difference].into_iter().flatten() {
                left = left.or_else(|painted| pyramid.take_in(context, painted));
            }
            // What is left belongs to a picture that is gone.
        }
        context.request_repaint();
    }

    /// Gets ready what the session shows now.
    fn follow(&mut self, session: &Session, strength: Strength) {
        let source = session.source().map(|source| source.photo.clone());
        let is_shown = |photo: &Arc<Photo>| self.photo.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, photo));
        if let Some(photo) = source.filter(|photo| !is_shown(photo)) {
            let print = Source::Rendition(Rendition::Photo(photo.clone()));
            self.before = Some(Pyramid::new(self.workshop.owner(), print, photo.clone()));
            (self.after, self.difference, self.photo) = (None, None, Some(photo));
            self.landing.clear();
            self.view.fit();
        }
        match (session.print(strength), &self.photo) {
            (Some(result), Some(photo)) => {
                if self.compare == Compare::Difference {
                    let difference = Source::difference(photo.clone(), result.clone());
                    show(&mut self.difference, difference, &mut self.workshop);
                }
                show(&mut self.after, Source::Rendition(result), &mut self.workshop);
            }
            _ => (self.after, self.difference) = (None, None),
        }
        if self.after.is_none() && !session.has_live_tiles() {
            self.landing.clear();
        }
    }

    fn move_view(&mut self, ui: &Ui, (canvas, line): (&Response, Option<&Response>), panes: &[Pane], photo: Vec2) {
        let pane_at = |at: Pos2| panes.iter().map(|pane| pane.rect).find(|rect| rect.contains(at)).unwrap_or(self.pane);
        if canvas.double_clicked() {
            self.view.fit();
        }
        let panning = canvas.dragged_by(PointerButton::Primary) || canvas.dragged_by(PointerButton::Middle);
        // The middle button moves the photo over the divider too.
        let over_divider = line.filter(|line| line.dragged_by(PointerButton::Middle));
        if let Some(dragged) = over_divider.or(Some(canvas).filter(|_| panning)) {
            self.view.pan(dragged.drag_delta(), self.pane, photo);
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
        if canvas.has_focus() {
            let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(canvas.id, arrows));
            let presses = |key| ui.input(|input| input.num_presses(key) as f32);
            let (left, right) = (presses(Key::ArrowLeft), presses(Key::ArrowRight));
            let (up, down) = (presses(Key::ArrowUp), presses(Key::ArrowDown));
            if left + right + up + down > 0.0 {
                self.view.pan(vec2(left - right, up - down) * KEY_PAN, self.pane, photo);
            }
        }
        // Also over the divider: the wheel belongs to the photo wherever it lies.
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| ui.rect_contains_pointer(self.area));
        if let Some(pointer) = pointer {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (wheel / WHEEL_TO_ZOOM).exp() * pinch;
            if factor != 1.0 {
                let pane = pane_at(pointer);
                let scale = self.view.scale(pane, photo) * factor;
                self.view.zoom_to(scale, pointer, pane, photo);
            }
        }
    }

    fn obey_keys(&mut self, ui: &Ui) {
        if keys::are_elsewhere(ui) {
            return;
        }
        // The modifiers as they were at the press: later in the frame they may be released.
        let presses = |wanted: Key| -> Vec<(bool, bool)> {
            let press = |event: &egui::Event| match event {
                egui::Event::Key { key, pressed: true, repeat, modifiers, .. }
                    if *key == wanted && !modifiers.command && !modifiers.alt =>
                {
                    Some((modifiers.shift, *repeat))
                }
                _ => None,
            };
            ui.input(|input| input.events.iter().filter_map(press).collect())
        };
        let pressed = |wanted: Key| presses(wanted).into_iter().find(|(_, repeat)| !repeat).map(|(shift, _)| shift);
        if self.comparing {
            for (key, share) in [(Key::Num1, Divider::LEFT), (Key::Num2, Divider::MIDDLE), (Key::Num3, Divider::RIGHT)]
            {
                if pressed(key).is_some() {
                    self.divider.place(share);
                    if !matches!(self.compare, Compare::Split(_)) {
                        self.set_compare(Compare::default());
                    }
                }
            }
            match pressed(Key::Y) {
                Some(true) => self.choose(Compare::Split(Cut::Auto)),
                Some(false) => self.choose(Compare::SideBySide(Cut::Auto)),
                None => {}
            }
            if pressed(Key::D).is_some() {
                self.choose(if self.compare == Compare::Difference { self.former } else { Compare::Difference });
            }
        }
        if pressed(Key::F).is_some() {
            self.view.fit();
        }
        if pressed(Key::N).is_some() {
            self.noise.set_shown(!self.noise.is_shown());
        }
        let steps = [(Key::Plus, ZOOM_STEP), (Key::Equals, ZOOM_STEP), (Key::Minus, 1.0 / ZOOM_STEP)];
        for (key, step) in steps {
            presses(key).iter().for_each(|_| self.zoom_by(step));
        }
    }

    /// Shows all of the photo.
    pub fn fit(&mut self) {
        self.view.fit();
    }

    /// Zooms by a factor, the middle staying where it is.
    pub fn zoom_by(&mut self, factor: f32) {
        if let Some(photo) = self.size() {
            let scale = self.view.scale(self.pane, photo) * factor;
            self.view.zoom_to(scale, self.pane.center(), self.pane, photo);
        }
    }

    /// Zooms to so many pixels of the screen for one px of what [`zoom`](Self::zoom) speaks of.
    pub fn zoom_to(&mut self, zoom: f32, pixels_per_point: f32) {
        if let Some(photo) = self.size() {
            let scale = zoom * self.enlargement() / pixels_per_point;
            self.view.zoom_to(scale, self.pane.center(), self.pane, photo);
        }
    }

    /// Pixels of the screen for one px of the result (of the photo, as long as there is none).
    pub fn zoom(&self, pixels_per_point: f32) -> f32 {
        self.size().map_or(1.0, |photo| self.view.scale(self.pane, photo) * pixels_per_point / self.enlargement())
    }

    fn size(&self) -> Option<Vec2> {
        self.photo.as_ref().map(|photo| in_points(photo.size()))
    }

    /// How many times wider than before the picture is that counts as 100 %.
    fn enlargement(&self) -> f32 {
        match (&self.photo, &self.after) {
            (Some(before), Some(after)) => after.source().size().width as f32 / before.size().width as f32,
            _ => 1.0,
        }
    }

    /// Draws a part of the canvas.
    fn paint(
        &mut self,
        painter: &Painter,
        side: Side,
        layout: Layout,
        (session, recipe): (&Session, Recipe),
        wishes: &mut Wishes,
    ) {
        let Self { photo: Some(photo), before: Some(before), landing, checker, .. } = self else { return };
        let under = |place: Rect| {
            if photo.pixels.has_alpha() {
                checker.paint(painter, place.intersect(layout.seen));
            }
        };
        under(layout.place);
        let is_difference = match side {
            Side::Before => {
                before.wish(&layout, wishes);
                return before.draw(painter, &layout);
            }
            Side::After => false,
            Side::Difference => true,
        };
        let shown = if is_difference { &mut self.difference } else { &mut self.after };
        let ready = match shown {
            Some(shown) => {
                shown.wish(&layout, wishes);
                shown.is_ready(&layout)
            }
            None => false,
        };
        match shown {
            Some(shown) if shown.has_any() => shown.draw(painter, &layout),
            // What is not restored yet differs by nothing, and is shown as it was.
            _ if is_difference => {
                painter.rect_filled(layout.place, 0.0, Color32::BLACK);
            }
            _ => {
                before.wish(&layout, wishes);
                before.draw(painter, &layout);
            }
        }
        if ready && !session.has_live_tiles() {
            landing.clear();
        }
        // An earlier result stays until a tile of the new one is there: what is but half done is no news then.
        let finished_only = shown.is_some();
        let look = Look {
            photo: photo.clone(),
            colours: before.colours().clone(),
            strength: recipe.strength,
            difference: is_difference,
        };
        landing.draw(painter, &layout, (&look, finished_only), under, wishes);
    }

    /// Says what a part of the canvas shows, as long as there is room.
    fn label_ui(&self, ui: &mut Ui, pane: &Pane, session: &Session) {
        let size = match pane.side {
            Side::Before => self.photo.as_ref().map(|photo| photo.size()),
            Side::After | Side::Difference => {
                let landed = if session.has_live_tiles() { self.landing.frame() } else { None };
                landed.or(self.after.as_ref().map(|after| after.source().size()))
            }
        };
        label_ui(ui, pane, size);
    }
}

/// Lets a pyramid show `source` from now on.
fn show(pyramid: &mut Option<Pyramid>, source: Source, workshop: &mut TexturePainter) {
    match pyramid {
        Some(pyramid) if pyramid.source().is(&source) => {}
        Some(pyramid) if pyramid.source().size() == source.size() => pyramid.change(source),
        _ => {
            let photo = source.print().base().clone();
            *pyramid = Some(Pyramid::new(workshop.owner(), source, photo));
        }
    }
}

fn in_points(size: Size) -> Vec2 {
    vec2(size.width as f32, size.height as f32)
}
