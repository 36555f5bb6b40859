//! The photo on screen: before and after with one zoom and pan, and live tiles while it is restored.

use std::{path::PathBuf, sync::Arc};

use egui::{
    Color32, Context, CursorIcon, EventFilter, Id, Key, Painter, PointerButton, Popup, Pos2, Rect, Response, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use super::{
    brush::{Brush, PhotoPlace},
    checker::Checker,
    compare::{Pane, Side},
    divider::Divider,
    gain::gain_ui,
    live_tiles::{LiveTiles, TileStyle},
    navigator::{Navigation, map_in, navigator_ui},
    noise_map::NoiseOverlay,
    painted_overlay::PaintedOverlay,
    pyramid::{Layout, Pyramid},
    source::Source,
    texture_painter::{TexturePainter, TextureRequests},
    view::{self, View},
};
use crate::{
    imaging::Photo,
    pixels::{self, Planes, Size},
    restore::{Area, Mask, Recipe, Rendition, Strength, WeightMap},
    state::{self, Command, Compare, Cut, Session, Settings},
    ui::{
        keys::{self, Presses},
        labels::{label_ui, outdated_ui},
        text, theme,
    },
};

/// From this zoom on, pixels are drawn as squares.
const SQUARES_FROM: f32 = 3.0;
/// Factor of one press of + or −.
pub const ZOOM_STEP: f32 = 1.25;
/// Wheel points that zoom by a factor of e.
const WHEEL_TO_ZOOM: f32 = 240.0;
/// Points that an arrow key pans by.
const KEY_PAN: f32 = 64.0;
/// Textures uploaded per frame, 1 MiB each.
const MOST_UPLOADS: usize = 6;

/// Covers the parts of the photo whose difference is not known yet.
const NOT_COMPARED: Color32 = Color32::from_black_alpha(200);
/// Points from the upper edge of the canvas to below a label.
const LABEL_HEIGHT: f32 = 48.0;

/// The photo on screen.
pub struct Canvas {
    view: View,
    divider: Divider,
    compare: Compare,
    /// What D returns to from [`Compare::Difference`].
    previous_compare: Compare,
    /// Amplification of the difference.
    gain: u8,
    photo: Option<Arc<Photo>>,
    path: PathBuf,
    before: Option<Pyramid>,
    after: Option<Pyramid>,
    difference: Option<Pyramid>,
    /// What was shown before the photo was replaced, until something of the new one is painted.
    replaced: Option<Replaced>,
    live_tiles: LiveTiles,
    noise: NoiseOverlay,
    brush: Brush,
    painted: PaintedOverlay,
    textures: TexturePainter,
    checker: Checker,
    /// Where the canvas was last drawn, in points.
    area: Rect,
    /// The part of `area` that one picture has: all of it, or half when side by side.
    pane: Rect,
    comparing: bool,
    /// Whether a popup was open in the last frame: a click closes it and does nothing else.
    had_popup: bool,
    /// The last frame with a photo.
    frame: u64,
}

/// The picture of a photo that was on screen.
struct Replaced {
    before: Pyramid,
    after: Option<Pyramid>,
    view: View,
}

impl Replaced {
    fn draw(&mut self, painter: &Painter, pane: &Pane, layout: Layout) {
        let Self { before, after, view } = self;
        let size = in_points(before.source().size());
        let place = view.place_on_pixels(pane.rect, size, layout.pixels_per_point);
        let shown = match after {
            Some(after) if pane.side != Side::Before && after.has_any() => after,
            _ => before,
        };
        shown.draw(painter, &Layout { place, ..layout });
    }
}

impl Canvas {
    /// An empty canvas.
    pub fn new(context: &Context) -> Self {
        let mut textures = TexturePainter::new(context);
        Self {
            view: View::default(),
            divider: Divider::default(),
            compare: Compare::default(),
            previous_compare: Compare::default(),
            gain: Settings::DIFFERENCE_GAIN,
            photo: None,
            path: PathBuf::new(),
            before: None,
            after: None,
            difference: None,
            replaced: None,
            live_tiles: LiveTiles::new(textures.owner()),
            noise: NoiseOverlay::default(),
            brush: Brush::default(),
            painted: PaintedOverlay::new(textures.owner()),
            textures,
            checker: Checker::new(context),
            area: Rect::ZERO,
            pane: Rect::ZERO,
            comparing: false,
            had_popup: false,
            frame: 0,
        }
    }

    /// Moves the divider to a share of the width, 0–1.
    pub fn place_divider(&mut self, share: f32) {
        self.divider.place(share);
    }

    /// Position of the divider as a share of the width, 0–1.
    pub fn divider(&self) -> f32 {
        self.divider.share()
    }

    /// Amplification of the difference.
    pub fn gain(&self) -> u8 {
        self.gain
    }

    /// Sets the amplification of the difference.
    pub fn set_gain(&mut self, gain: u8) {
        self.gain = gain;
    }

    /// The comparison in use.
    pub fn compare(&self) -> Compare {
        self.compare
    }

    /// Sets the comparison.
    pub fn set_compare(&mut self, compare: Compare) {
        if compare == Compare::Difference && self.compare != compare {
            self.previous_compare = self.compare;
        }
        self.compare = compare;
    }

    /// Selects a comparison as the user does: selecting a split or side-by-side view again changes its direction.
    pub fn choose(&mut self, compare: Compare) {
        let shown = self.compare_shown();
        if !matches!(compare, Compare::After | Compare::Difference) {
            self.brush.set_on(false);
        }
        self.set_compare(shown.choose(compare, self.area));
    }

    /// The comparison on screen: one picture while painting.
    pub fn compare_shown(&self) -> Compare {
        match self.compare {
            Compare::Difference => Compare::Difference,
            _ if self.brush.is_on() => Compare::After,
            compare => compare,
        }
    }

    /// Whether there is a result to compare with.
    pub fn is_comparing(&self) -> bool {
        self.comparing
    }

    /// Whether there is a photo.
    pub fn has_photo(&self) -> bool {
        self.photo.is_some()
    }

    /// Whether the noise map is shown.
    pub fn shows_noise_map(&self) -> bool {
        self.noise.is_shown()
    }

    /// Shows or hides the noise map. Ignored if the photo has none.
    pub fn show_noise_map(&mut self, shown: bool) {
        self.noise.set_shown(shown);
    }

    /// Prepares the noise map of the session's photo.
    pub fn update_noise_map(&mut self, session: &Session) {
        self.noise.set_noise(session.source().map(|source| &source.noise));
    }

    /// The brush.
    pub fn brush(&mut self) -> &mut Brush {
        &mut self.brush
    }

    /// Puts the brush down if there is nothing to paint. Called before a frame, in which that may change.
    pub fn update_brush(&mut self, mask: &Mask) {
        if mask.is_everywhere() {
            self.brush.set_on(false);
        }
    }

    /// Whether the painted area is shown while painting.
    pub fn shows_painted(&self) -> bool {
        self.painted.is_shown
    }

    /// Shows or hides the painted area while painting.
    pub fn show_painted(&mut self, shown: bool) {
        self.painted.is_shown = shown;
    }

    /// Removes all live tiles.
    pub fn clear_live_tiles(&mut self) {
        self.live_tiles.clear();
    }

    /// Keeps live tiles only until newer ones cover them.
    pub fn outdate_live_tiles(&mut self) {
        self.live_tiles.outdate();
    }

    /// Adds a tile of the running restoration, at full strength: see [`LiveTiles::add`].
    pub fn add_live_tile(&mut self, frame: Size, finished: bool, rect: pixels::Rect, tile: &Planes) {
        self.live_tiles.add(frame, finished, rect, tile);
    }

    /// Whether something of the photo is on screen.
    pub fn is_painted(&self) -> bool {
        self.before.as_ref().is_some_and(Pyramid::has_any)
    }

    /// Shows the session's photo in the available space. `recipe` is that of the next restoration; its strength
    /// applies to the result on screen, within `mask`. `is_outdated`: what is in view is not what the settings say.
    /// `navigator`: whether the user wants it.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        is_outdated: bool,
        (recipe, mask): (Recipe, &Mask),
        navigator: &mut bool,
        commands: &mut Vec<Command>,
    ) {
        let area = ui.available_rect_before_wrap();
        self.area = area;
        self.upload_textures(ui.ctx());
        self.update_pictures(session, recipe.strength, mask, ui.ctx().cumulative_frame_nr());
        let Some(photo) = self.photo.clone() else { return };
        let (before, size) = ((self.view, self.compare, self.gain, self.noise.is_shown()), in_points(photo.size()));
        self.comparing = self.after.is_some() || session.has_live_tiles();

        let name = session.source().map_or_else(String::new, |source| text::file_name(&source.path));
        let canvas = ui.interact(area, ui.scope_id().with("canvas"), Sense::click_and_drag());
        canvas.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {name}", text::PHOTO)));
        self.handle_keys(ui);
        self.handle_brush_keys(ui, mask, commands);
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
        self.move_view(ui, &canvas, line.as_ref().map(|(_, line)| line), &panes, size);
        self.view.limit_pan(self.pane, size);

        let mut requests = TextureRequests::default();
        let weights = WeightMap::new(recipe.strength, mask);
        for pane in &panes {
            let layout = Layout {
                place: self.view.place_on_pixels(pane.rect, size, pixels_per_point),
                visible: pane.visible,
                nearest: self.zoom(pixels_per_point) >= SQUARES_FROM,
                pixels_per_point,
            };
            let (painter, place) = (ui.painter().with_clip_rect(pane.visible), layout.place);
            self.paint(&painter, pane, layout, session, &weights, &mut requests);
            if self.is_painted() {
                self.noise.paint(&painter, photo.size(), place, pane.visible);
            }
            if self.brush.is_on() && self.painted.is_shown {
                self.painted.paint(&painter, &layout, photo.size(), &mask.painting, &mut requests);
            }
        }
        if self.brush.is_on() && !is_space_held(ui) {
            let at = PhotoPlace { place: self.view.place(self.pane, size), photo: photo.size() };
            if let Some(painting) = self.brush.paint(ui, &canvas, at, &mask.painting) {
                commands.push(Command::SetMask(Mask { painting, ..mask.clone() }));
            }
            self.brush.paint_cursor(ui, &canvas, &ui.painter().with_clip_rect(area));
        }
        self.textures.request(requests.into());
        if self.is_painted() {
            self.replaced = None;
        }
        let accent = theme::palette(ui).accent;
        if let Some((level, response)) = line {
            self.divider.paint(&ui.painter().with_clip_rect(area), area, level, &response, accent);
        }
        if self.comparing && self.is_painted() {
            panes.iter().for_each(|pane| self.label_ui(ui, pane, session));
        }
        if mode == Compare::Difference {
            gain_ui(ui, area, LABEL_HEIGHT, &mut self.gain);
        }
        match session.run() {
            Some(run) => outdated_ui(ui, area, Some(run.progress.share())),
            None if is_outdated => outdated_ui(ui, area, None),
            None => {}
        }
        self.noise.legend_ui(ui, area);
        if *navigator {
            self.navigator_ui(ui, size, navigator);
        }
        if canvas.has_focus() {
            ui.painter().rect_stroke(area, 0.0, Stroke::new(2.0, accent), StrokeKind::Inside);
        }
        // The bars of this frame still show the old values.
        if before != (self.view, self.compare, self.gain, self.noise.is_shown()) {
            ui.ctx().request_repaint();
        }
        let place = self.view.place(self.pane, size);
        let of = recipe.scale.size_of(photo.size());
        let visible = view::visible_px(self.pane, place, of);
        commands.extend(visible.map(|rect| Command::SetView { rect, of }));
    }

    fn navigator_ui(&mut self, ui: &mut Ui, photo: Vec2, wanted: &mut bool) {
        let place = self.view.place(self.pane, photo);
        let Some(map) = map_in(self.area, self.pane, place) else { return };
        let Self { before, after, .. } = self;
        let picture = after.as_mut().filter(|after| after.has_any()).or(before.as_mut());
        let navigation = navigator_ui(ui, map, self.pane, place, |painter| {
            picture.into_iter().for_each(|picture| picture.draw_coarse(painter, map));
        });
        match navigation {
            Some(Navigation::Centre(point)) => self.view.centre_on(point, self.pane, photo),
            Some(Navigation::Hide) => *wanted = false,
            None => {}
        }
    }

    /// The comparison in this frame: before only while its key is held or there is no result.
    fn mode(&self, ui: &Ui, canvas: Id) -> Compare {
        let focus = ui.memory(|memory| memory.focused());
        // Space activates the focused control.
        let free = focus.is_none_or(|focus| focus == canvas || focus == Divider::id());
        let held = |key| ui.input(|input| input.key_down(key));
        let peek = !keys::are_captured(ui) && (held(Key::Backslash) || free && held(Key::Space));
        if peek || !self.comparing { Compare::Before } else { self.compare_shown() }
    }

    /// Uploads finished textures.
    fn upload_textures(&mut self, context: &Context) {
        for _ in 0..MOST_UPLOADS {
            let Some(painted) = self.textures.take() else { return };
            let mut left = self.live_tiles.accept(context, painted);
            left = left.or_else(|painted| self.painted.accept(context, painted));
            for pyramid in [&mut self.before, &mut self.after, &mut self.difference].into_iter().flatten() {
                left = left.or_else(|painted| pyramid.accept(context, painted));
            }
            // Others belong to a picture that is no longer shown.
        }
        context.request_repaint();
    }

    /// Prepares the pictures that the session shows.
    fn update_pictures(&mut self, session: &Session, strength: Strength, mask: &Mask, frame: u64) {
        let was_shown = std::mem::replace(&mut self.frame, frame) + 1 >= frame;
        let is_shown = |photo: &Arc<Photo>| self.photo.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, photo));
        if let Some(state::Source { path, photo, .. }) = session.source().filter(|source| !is_shown(&source.photo)) {
            let (photo, size) = (photo.clone(), self.photo.as_ref().map(|photo| photo.size()));
            let rendition = Source::Rendition(Rendition::Photo(photo.clone()));
            let next = Pyramid::new(self.textures.owner(), rendition, photo.clone());
            match self.before.replace(next).filter(Pyramid::has_any) {
                _ if !was_shown => self.replaced = None,
                Some(before) => self.replaced = Some(Replaced { before, after: self.after.take(), view: self.view }),
                // It was never painted: the one before is still on screen.
                None => {}
            }
            // A file that is read again, by the run of the list or after it has failed, stays in place.
            if (&self.path, size) != (path, Some(photo.size())) {
                self.view.fit();
            }
            self.path.clone_from(path);
            (self.after, self.difference, self.photo) = (None, None, Some(photo));
            self.live_tiles.clear();
            self.painted.clear();
            self.brush.set_on(false);
        }
        match (session.rendition(strength, mask), &self.photo) {
            (Some(result), Some(photo)) => {
                if self.compare == Compare::Difference {
                    let difference = Source::difference(photo.clone(), result.clone(), self.gain);
                    show(&mut self.difference, difference, &mut self.textures);
                }
                show(&mut self.after, Source::Rendition(result), &mut self.textures);
            }
            _ => (self.after, self.difference) = (None, None),
        }
        if self.after.is_none() && !session.has_live_tiles() {
            self.live_tiles.clear();
        }
    }

    fn move_view(&mut self, ui: &Ui, canvas: &Response, line: Option<&Response>, panes: &[Pane], photo: Vec2) {
        let first = self.pane;
        let pane_at = |at: Pos2| panes.iter().map(|pane| pane.rect).find(|rect| rect.contains(at)).unwrap_or(first);
        // A click that closes a menu does nothing else.
        let had_popup = std::mem::replace(&mut self.had_popup, Popup::is_any_open(ui.ctx()));
        let paints = self.brush.is_on() && !is_space_held(ui);
        if canvas.double_clicked() && !paints {
            self.view.fit();
        } else if canvas.clicked_by(PointerButton::Primary)
            && !had_popup
            && !paints
            && let Some(at) = canvas.interact_pointer_pos()
        {
            self.toggle_fit(at, pane_at(at), photo, ui.ctx().pixels_per_point());
        }
        if Keys::of(ui).is_some_and(|keys| keys.pressed(Key::Z).is_some()) {
            let at = ui.input(|input| input.pointer.hover_pos()).filter(|at| self.area.contains(*at));
            let at = at.unwrap_or(self.pane.center());
            self.toggle_fit(at, pane_at(at), photo, ui.ctx().pixels_per_point());
        }
        if canvas.hovered() && !paints {
            ui.ctx().set_cursor_icon(if self.view.is_fit() { CursorIcon::ZoomIn } else { CursorIcon::Grab });
        }
        let panning = canvas.dragged_by(PointerButton::Primary) && !paints || canvas.dragged_by(PointerButton::Middle);
        // The middle button pans over the divider too.
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
        // Over the divider too.
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

    fn handle_keys(&mut self, ui: &Ui) {
        let Some(keys) = Presses::of(ui) else { return };
        let pressed = |key| keys.pressed(key);
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
                self.choose(if self.compare == Compare::Difference {
                    self.previous_compare
                } else {
                    Compare::Difference
                });
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
            keys.presses(key).for_each(|_| self.zoom_by(step));
        }
    }

    fn handle_brush_keys(&mut self, ui: &Ui, mask: &Mask, commands: &mut Vec<Command>) {
        let Some(keys) = Presses::of(ui) else { return };
        if keys.pressed(Key::B).is_some() {
            self.brush.set_on(!self.brush.is_on());
            if mask.is_everywhere() {
                commands.push(Command::SetMask(Mask { area: Area::Painted, ..mask.clone() }));
            }
        }
        if self.brush.is_on() {
            self.brush.handle_keys(&keys);
            if keys.pressed(Key::O).is_some() {
                self.painted.is_shown = !self.painted.is_shown;
            }
            if keys.pressed(Key::Escape).is_some() && !Popup::is_any_open(ui.ctx()) {
                self.brush.set_on(false);
            }
        }
    }

    /// Shows all of the photo.
    pub fn fit(&mut self) {
        self.view.fit();
    }

    /// Shows all of the photo, or if it is shown, one screen pixel per image pixel at this place.
    fn toggle_fit(&mut self, at: Pos2, pane: Rect, photo: Vec2, pixels_per_point: f32) {
        if self.view.is_fit() {
            self.view.zoom_to(self.enlargement() / pixels_per_point, at, pane, photo);
        } else {
            self.view.fit();
        }
    }

    /// Zooms by a factor around the centre.
    pub fn zoom_by(&mut self, factor: f32) {
        if let Some(photo) = self.size() {
            let scale = self.view.scale(self.pane, photo) * factor;
            self.view.zoom_to(scale, self.pane.center(), self.pane, photo);
        }
    }

    /// Sets the [`zoom`](Self::zoom).
    pub fn zoom_to(&mut self, zoom: f32, pixels_per_point: f32) {
        if let Some(photo) = self.size() {
            let scale = zoom * self.enlargement() / pixels_per_point;
            self.view.zoom_to(scale, self.pane.center(), self.pane, photo);
        }
    }

    /// Screen pixels per pixel of the result, or of the photo if there is no result.
    pub fn zoom(&self, pixels_per_point: f32) -> f32 {
        self.size().map_or(1.0, |photo| self.view.scale(self.pane, photo) * pixels_per_point / self.enlargement())
    }

    fn size(&self) -> Option<Vec2> {
        self.photo.as_ref().map(|photo| in_points(photo.size()))
    }

    /// Width of the picture that 100 % refers to, divided by that of the photo.
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
        pane: &Pane,
        layout: Layout,
        session: &Session,
        weights: &WeightMap,
        requests: &mut TextureRequests,
    ) {
        let Self { photo: Some(photo), before: Some(before), live_tiles, checker, .. } = self else { return };
        if !before.has_any() {
            before.request(&layout, requests);
            self.replaced.as_mut().into_iter().for_each(|replaced| replaced.draw(painter, pane, layout));
            return;
        }
        let under = |place: Rect| {
            if photo.pixels.has_alpha() {
                checker.paint(painter, place.intersect(layout.visible));
            }
        };
        under(layout.place);
        let is_difference = match pane.side {
            Side::Before => {
                before.request(&layout, requests);
                return before.draw(painter, &layout);
            }
            Side::After => false,
            Side::Difference => true,
        };
        let shown = if is_difference { &mut self.difference } else { &mut self.after };
        let ready = match shown {
            Some(shown) => {
                shown.request(&layout, requests);
                shown.is_ready(&layout)
            }
            None => false,
        };
        match shown {
            Some(shown) if shown.has_any() => shown.draw(painter, &layout),
            _ => {
                before.request(&layout, requests);
                before.draw(painter, &layout);
                // What has no difference yet is the photo, darkened.
                if is_difference {
                    painter.rect_filled(layout.place, 0.0, NOT_COMPARED);
                }
            }
        }
        if ready && !session.has_live_tiles() {
            live_tiles.clear();
        }
        // Over an earlier result only finished tiles are drawn, not those of earlier stages.
        let finished_only = shown.is_some();
        let style = TileStyle {
            photo: photo.clone(),
            colours: before.colours().clone(),
            weights: weights.clone(),
            difference: is_difference.then_some(self.gain),
        };
        live_tiles.draw(painter, &layout, &style, finished_only, under, requests);
    }

    /// Labels a part of the canvas.
    fn label_ui(&self, ui: &mut Ui, pane: &Pane, session: &Session) {
        let size = match pane.side {
            Side::Before => self.photo.as_ref().map(|photo| photo.size()),
            Side::After | Side::Difference => {
                let live = if session.has_live_tiles() { self.live_tiles.frame() } else { None };
                live.or(self.after.as_ref().map(|after| after.source().size()))
            }
        };
        label_ui(ui, pane, size, self.gain);
    }
}

fn is_space_held(ui: &Ui) -> bool {
    ui.input(|input| input.key_down(Key::Space))
}

/// Makes a pyramid show `source`.
fn show(pyramid: &mut Option<Pyramid>, source: Source, textures: &mut TexturePainter) {
    match pyramid {
        Some(pyramid) if pyramid.source().is(&source) => {}
        Some(pyramid) if pyramid.source().size() == source.size() => pyramid.change(source),
        _ => {
            let photo = source.rendition().base().clone();
            *pyramid = Some(Pyramid::new(textures.owner(), source, photo));
        }
    }
}

fn in_points(size: Size) -> Vec2 {
    vec2(size.width as f32, size.height as f32)
}
