//! The photo on screen: before and after with one zoom and pan, and live tiles while it is restored.

mod input;
mod overlays;
mod pictures;

use egui::{Context, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

pub use self::overlays::{MarkView, Marked};
use self::{overlays::Overlays, pictures::Pictures};
use super::{
    brush::{Brush, Target},
    checker::Checker,
    divider::Divider,
    gain::gain_ui,
    live_tiles::LiveTiles,
    navigator::{Navigation, map_in, navigator_ui},
    noise_map::NoiseOverlay,
    pyramid::Layout,
    texture_painter::{TexturePainter, TextureRequests},
    view::{self, View},
};
use crate::{
    pixels::{self, Planes, Size},
    restore::{Mask, Recipe, Repair, Stage, WeightMap},
    state::{Command, Compare, Session, Settings},
    ui::{labels::outdated_ui, text, theme},
};

/// From this zoom on, pixels are drawn as squares.
const SQUARES_FROM: f32 = 3.0;
/// Factor of one press of + or −.
pub const ZOOM_STEP: f32 = 1.25;

/// Points from the upper edge of the canvas to below a label.
const LABEL_HEIGHT: f32 = 48.0;

/// What is shown of a session's photo.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The recipe of the next restoration. Its strength applies to the result on screen.
    pub recipe: Recipe,
    /// Where that applies.
    pub mask: &'a Mask,
    /// The marks of scratches.
    pub marked: Marked<'a>,
    /// The stage of its run, if there is one.
    pub stage: Option<Stage>,
    /// Whether what is in view is not what the settings say.
    pub is_outdated: bool,
}

/// The photo on screen.
pub struct Canvas {
    view: View,
    divider: Divider,
    compare: Compare,
    /// What D returns to from [`Compare::Difference`].
    previous_compare: Compare,
    /// Amplification of the difference.
    gain: u8,
    pictures: Pictures,
    live_tiles: LiveTiles,
    noise: NoiseOverlay,
    brush: Brush,
    can_paint: bool,
    overlays: Overlays,
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
            pictures: Pictures::default(),
            live_tiles: LiveTiles::new(textures.owner()),
            noise: NoiseOverlay::default(),
            brush: Brush::default(),
            can_paint: false,
            overlays: Overlays::new(&mut textures),
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
            self.brush.put_down();
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
        self.pictures.photo().is_some()
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

    /// Puts the brush down if there is nothing to paint, or the photo can't be painted on now. Called before a frame, in
    /// which that may change.
    pub fn update_brush(&mut self, mask: &Mask, repair: Repair, can_paint: bool) {
        self.can_paint = can_paint;
        let is_needed = match self.brush.target() {
            Some(Target::Area) => !mask.is_everywhere(),
            Some(Target::Marks) => repair != Repair::None,
            None => false,
        };
        if !is_needed || !can_paint {
            self.brush.put_down();
        }
    }

    /// Whether the painted area is shown while painting.
    pub fn shows_area(&self) -> bool {
        self.overlays.shows_area
    }

    /// Shows or hides the painted area while painting.
    pub fn show_area(&mut self, shown: bool) {
        self.overlays.shows_area = shown;
    }

    /// How marks are shown.
    pub fn mark_view(&self) -> MarkView {
        self.overlays.mark_view
    }

    /// Sets how marks are shown.
    pub fn set_mark_view(&mut self, view: MarkView) {
        self.overlays.mark_view = view;
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
    pub fn has_picture(&self) -> bool {
        self.pictures.has_any()
    }

    /// Shows the session's photo in the available space. `navigator`: whether the user wants it.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        shown: &Shown,
        navigator: &mut bool,
        commands: &mut Vec<Command>,
    ) {
        let &Shown { recipe, mask, marked, stage, is_outdated } = shown;
        let area = ui.available_rect_before_wrap();
        self.area = area;
        self.upload_textures(ui.ctx());
        self.update_pictures(session, recipe.strength, mask, ui.ctx().cumulative_frame_nr());
        let Some(photo) = self.pictures.photo().cloned() else { return };
        let (before, size) = (self.shown_in_bars(), in_points(photo.size()));
        self.comparing = self.pictures.has_result() || session.has_live_tiles();

        let name = session.source().map_or_else(String::new, |source| text::file_name(&source.path));
        let canvas = ui.interact(area, ui.scope_id().with("canvas"), Sense::click_and_drag());
        canvas.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {name}", text::PHOTO)));
        self.handle_keys(ui, marked.repair);
        self.handle_brush_keys(ui, shown, commands);
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
        for (number, pane) in panes.iter().enumerate() {
            let layout = Layout {
                place: self.view.place_on_pixels(pane.rect, size, pixels_per_point),
                visible: pane.visible,
                nearest: self.zoom(pixels_per_point) >= SQUARES_FROM,
                pixels_per_point,
            };
            let (painter, place) = (ui.painter().with_clip_rect(pane.visible), layout.place);
            self.paint(&painter, pane, layout, session, &weights, &mut requests);
            if self.has_picture() {
                self.noise.paint(&painter, photo.size(), place, pane.visible);
            }
            let (brush, photo) = (self.brush.target(), photo.size());
            self.overlays.paint_area(&painter, &layout, photo, (mask, brush), &mut requests);
            // All of the pane, so that moving the divider needs no other texture.
            let layout = Layout { visible: pane.rect, ..layout };
            self.overlays.paint_marks(&painter, &layout, photo, (&marked, number), &mut requests);
        }
        self.paint_with_brush(ui, &canvas, shown, commands);
        commands.extend(self.removed_mark(ui, &canvas, &panes, &marked));
        self.textures.request(requests.into());
        if self.has_picture() {
            self.pictures.forget_replaced();
        }
        let accent = theme::palette(ui).accent;
        if let Some((level, response)) = line {
            self.divider.paint(&ui.painter().with_clip_rect(area), area, level, &response, accent);
        }
        if self.comparing && self.has_picture() {
            panes.iter().for_each(|pane| self.label_ui(ui, pane, session));
        }
        if mode == Compare::Difference {
            gain_ui(ui, area, LABEL_HEIGHT, &mut self.gain);
        }
        match (session.run(), marked.searched) {
            // The label of a photo that is being opened is there.
            _ if !self.has_picture() || matches!(session, Session::Opening { .. }) => {}
            (Some(run), _) => {
                let prepares_gpu = stage == Some(Stage::PreparingGpu);
                let label = if prepares_gpu { text::PREPARING_GPU } else { text::UPDATING };
                outdated_ui(ui, area, label, Some(run.progress.share()));
            }
            (None, Some(share)) => outdated_ui(ui, area, text::SEARCHING, Some(share)),
            (None, None) if is_outdated => outdated_ui(ui, area, text::OUTDATED, None),
            (None, None) => {}
        }
        self.noise.legend_ui(ui, area);
        if *navigator {
            self.navigator_ui(ui, size, navigator);
        }
        if canvas.has_focus() {
            ui.painter().rect_stroke(area, 0.0, Stroke::new(2.0, accent), StrokeKind::Inside);
        }
        // The bars of this frame still show the old values.
        if before != self.shown_in_bars() {
            ui.ctx().request_repaint();
        }
        let place = self.view.place(self.pane, size);
        let of = recipe.scale.size_of(photo.size());
        let visible = view::visible_px(self.pane, place, of);
        commands.extend(visible.map(|rect| Command::SetView { rect, of }));
    }

    /// What the bars and the panel show of it.
    fn shown_in_bars(&self) -> impl PartialEq + use<> {
        (self.view, self.compare, self.gain, self.noise.is_shown(), self.overlays.mark_view, self.brush.target())
    }

    fn navigator_ui(&mut self, ui: &mut Ui, photo: Vec2, wanted: &mut bool) {
        let place = self.view.place(self.pane, photo);
        let Some(map) = map_in(self.area, self.pane, place) else { return };
        let navigation = navigator_ui(ui, map, self.pane, place, |painter| {
            self.pictures.draw_coarse(painter, map);
        });
        match navigation {
            Some(Navigation::Centre(point)) => self.view.centre_on(point, self.pane, photo),
            Some(Navigation::Hide) => *wanted = false,
            None => {}
        }
    }

    /// Shows all of the photo.
    pub fn fit(&mut self) {
        self.view.fit();
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
            let scale = zoom * self.pictures.enlargement() / pixels_per_point;
            self.view.zoom_to(scale, self.pane.center(), self.pane, photo);
        }
    }

    /// Screen pixels per pixel of the result, or of the photo if there is no result.
    pub fn zoom(&self, pixels_per_point: f32) -> f32 {
        self.size()
            .map_or(1.0, |photo| self.view.scale(self.pane, photo) * pixels_per_point / self.pictures.enlargement())
    }

    fn size(&self) -> Option<Vec2> {
        self.pictures.photo().map(|photo| in_points(photo.size()))
    }
}

fn in_points(size: Size) -> Vec2 {
    vec2(size.width as f32, size.height as f32)
}
