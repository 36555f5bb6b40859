//! The whole screen: its layout.

use egui::{
    CentralPanel, Context, Frame, Id, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke, TextureHandle, Ui, Vec2,
    WidgetInfo, scroll_area::ScrollAreaOutput, vec2,
};

use super::{
    Scene,
    bottom::bottom_ui,
    closing::closing_ui,
    dropping::drop_ui,
    focus_keys::FocusKeys,
    icons,
    key_commands::handle_keys,
    labels::opening_ui,
    notices::notices_ui,
    panel,
    preview_grid::PreviewTextures,
    queue::{QueueList, not_open_ui},
    shortcuts::shortcuts_ui,
    side_panels::{EDGE, SidePanels},
    taps::Taps,
    text,
    theme::{self, STEP},
    top::top_ui,
    viewer::canvas::{Canvas, Marked, Shown},
    welcome::Welcome,
};
use crate::{
    imaging::Thumbnail,
    pixels::{self, Planes, Size},
    restore::Repair,
    state::{ActiveItem, Command, Compare, Item, ItemId, Queue, RunState, Session, SidePanel, Source},
};

/// The screen, with the state it keeps between frames.
pub struct Screen {
    canvas: Canvas,
    list: QueueList,
    previews: PreviewTextures,
    welcome: Welcome,
    icon: Option<TextureHandle>,
}

impl Screen {
    /// An empty screen. Sets the theme on `context`.
    pub fn new(context: &Context) -> Self {
        theme::install(context);
        context.add_plugin(Taps::default());
        context.add_plugin(FocusKeys::default());
        Self {
            canvas: Canvas::new(context),
            list: QueueList::default(),
            previews: PreviewTextures::default(),
            welcome: Welcome::default(),
            icon: theme::icon(context),
        }
    }

    /// Position of the divider as a share of the width, 0–1.
    pub fn divider(&self) -> f32 {
        self.canvas.divider()
    }

    /// The comparison in use.
    pub fn compare(&self) -> Compare {
        self.canvas.compare()
    }

    /// Sets the comparison.
    pub fn set_compare(&mut self, compare: Compare) {
        self.canvas.set_compare(compare);
    }

    /// Amplification of the difference.
    pub fn difference_gain(&self) -> u8 {
        self.canvas.gain()
    }

    /// Sets the amplification of the difference.
    pub fn set_difference_gain(&mut self, gain: u8) {
        self.canvas.set_gain(gain);
    }

    /// Moves the divider to a share of the width, 0–1.
    pub fn place_divider(&mut self, share: f32) {
        self.canvas.place_divider(share);
    }

    /// Removes all live tiles.
    pub fn clear_live_tiles(&mut self) {
        self.canvas.clear_live_tiles();
    }

    /// Keeps live tiles only until newer ones cover them: the settings changed.
    pub fn outdate_live_tiles(&mut self) {
        self.canvas.outdate_live_tiles();
    }

    /// Adds a tile of the running restoration, at full strength: see `live_tiles::LiveTiles`.
    pub fn add_live_tile(&mut self, frame: Size, finished: bool, rect: pixels::Rect, tile: &Planes) {
        self.canvas.add_live_tile(frame, finished, rect, tile);
    }

    /// Adds a photo's thumbnail, or `None` if it could not be read.
    pub fn add_thumbnail(&mut self, context: &Context, queue: &Queue, id: ItemId, thumbnail: Option<&Thumbnail>) {
        self.list.add_thumbnail(context, queue, id, thumbnail);
    }

    /// The photo whose thumbnail is needed next.
    pub fn wanted_thumbnail<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        self.list.wanted_thumbnail(queue)
    }

    /// Removes the thumbnails of other photos.
    pub fn forget_thumbnails(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.list.forget_thumbnails(wanted);
    }

    /// Draws a frame and returns the user's commands.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene) -> Vec<Command> {
        let mut commands = Vec::new();
        self.canvas.update_noise_map(scene.session);
        self.canvas.update_brush(scene.mask, scene.recipe.repair, can_paint(scene));
        handle_keys(ui, scene, self.canvas.brush(), &mut commands);

        let has_list = scene.queue.items().len() > 1;
        let mut panels = SidePanels::new(scene.settings.panels, ui.available_width(), has_list);
        (0..FocusKeys::take_presses(ui.ctx())).for_each(|_| panels.toggle_all());

        let palette = theme::palette(ui);
        let bar = Frame::new().fill(palette.surface).inner_margin(Margin::symmetric(2 * STEP as i8, 0));
        Panel::top("top")
            .exact_size(theme::BAR_HEIGHT)
            .frame(bar)
            .show(ui, |ui| top_ui(ui, scene, self.icon.as_ref(), &mut panels, &mut commands));
        panels.show(ui, SidePanel::Settings, |ui| panel_ui(ui, scene, &mut self.canvas, &mut commands));
        if has_list {
            panels.show(ui, SidePanel::List, |ui| self.list.show(ui, scene, &mut commands));
        }
        Panel::bottom("bottom")
            .exact_size(theme::BAR_HEIGHT)
            .frame(bar)
            .show(ui, |ui| bottom_ui(ui, scene, &mut self.canvas));
        notices_ui(ui, scene, &mut commands);
        let navigator = &mut panels.wanted.navigator;
        CentralPanel::default()
            .frame(Frame::new().fill(palette.canvas))
            .show(ui, |ui| self.centre_ui(ui, scene, navigator, &mut commands));
        if panels.wanted != scene.settings.panels {
            commands.push(Command::SetPanels(panels.wanted));
        }
        shortcuts_ui(ui);
        closing_ui(ui, scene, &mut commands);
        drop_ui(ui, scene, &mut commands);
        commands
    }

    /// The photo, or what is shown in its place.
    fn centre_ui(&mut self, ui: &mut Ui, scene: &Scene, navigator: &mut bool, commands: &mut Vec<Command>) {
        let area = ui.available_rect_before_wrap();
        match (scene.session.source(), scene.session) {
            (Some(source), _) => match scene.previews {
                Some(previews) => self.previews.show(ui, area, previews, commands),
                None => {
                    let shown = shown(scene, source);
                    self.canvas.show(ui, scene.session, &shown, navigator, commands);
                    match scene.session {
                        Session::Opening { path, .. } => opening_ui(ui, area, path),
                        _ if !self.canvas.has_picture() => opening_ui(ui, area, &source.path),
                        _ => {}
                    }
                }
            },
            (None, Session::Opening { path, .. }) => opening_ui(ui, area, path),
            (None, _) => match scene.queue.selected().and_then(|id| scene.queue.get(id)) {
                // A run opens its photos itself.
                Some(item) if !item.has_failed() && scene.batch.run_state() == RunState::Running => {
                    opening_ui(ui, area, &item.path);
                }
                Some(item) => not_open_ui(ui, area, item, commands),
                None => self.welcome.show(ui, area, scene, self.icon.as_ref(), commands),
            },
        }
    }
}

/// Whether the mask is that of the photo on screen, and can be changed.
fn can_paint(scene: &Scene) -> bool {
    active_run(scene).is_none() && !matches!(scene.session, Session::Opening { .. })
}

/// What is shown of the photo on screen. One of the queue is restored with the settings it was started with.
fn shown<'a>(scene: &Scene<'a>, source: &Source) -> Shown<'a> {
    let now = (scene.recipe, scene.marks.edits, scene.mask);
    let (recipe, edits, mask) = active_run(scene).map_or(now, |active| (active.recipe, &active.edits, &active.mask));
    let (marks, searched) = (scene.marks.marking.latest(&source.photo), scene.marks.marking.searched());
    // Settings and marks are already those of a photo that is being opened.
    let repair = if matches!(scene.session, Session::Opening { .. }) { Repair::None } else { recipe.repair };
    let marked = Marked { repair, edits, marks, searched };
    let stage = scene.session.run().map(|run| scene.forecast.stage_of(run.progress.stage()));
    Shown { recipe, mask, marked, stage, is_outdated: scene.result.is_outdated }
}

/// The run of the queue that restores the photo on screen.
fn active_run<'a>(scene: &Scene<'a>) -> Option<&'a ActiveItem> {
    scene.batch.active().filter(|active| Some(active.job) == scene.session.job())
}

/// A button at the lower edge of a scrolled area, while there is more below. `scroll` keeps how far to scroll in the
/// next frame.
fn more_below_ui(ui: &mut Ui, shown: &ScrollAreaOutput<()>, scroll: Id) {
    let room = shown.inner_rect;
    if shown.state.clamped_offset().y + room.height() > shown.content_size.y - STEP {
        return;
    }
    let place = Rect::from_center_size(room.center_bottom() - vec2(0.0, 2.0 * STEP), Vec2::splat(3.0 * STEP));
    let more = ui.interact(place, ui.scope_id().with("more below"), Sense::click());
    more.widget_info(|| WidgetInfo::labeled(Role::Button, true, text::MORE_BELOW));
    let palette = theme::palette(ui);
    let fill = if more.hovered() || more.has_focus() { palette.raised_hover } else { palette.raised };
    ui.painter().circle(place.center(), place.width() / 2.0, fill, Stroke::new(1.0, palette.line));
    icons::draw_chevron(ui.painter(), place, palette.text);
    if more.on_hover_text(text::MORE_BELOW).clicked() {
        ui.data_mut(|data| data.insert_temp(scroll, 0.75 * room.height()));
        ui.ctx().request_repaint();
    }
}

fn panel_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, commands: &mut Vec<Command>) {
    // The edge of the panel is a part of its margin.
    let margin = Margin { left: (3.0 * STEP - EDGE) as i8, ..Margin::symmetric(3 * STEP as i8, 2 * STEP as i8) };
    Panel::bottom("action")
        .frame(Frame::new().inner_margin(margin))
        .show(ui, |ui| panel::action_ui(ui, scene, commands));
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        let scroll = Id::unique("scroll down");
        let shown = ScrollArea::vertical().show(ui, |ui| {
            if let Some(points) = ui.data_mut(|data| data.remove_temp::<f32>(scroll)) {
                ui.scroll_with_delta(vec2(0.0, -points));
            }
            let margin = Margin { bottom: STEP as i8, ..margin };
            Frame::new().inner_margin(margin).show(ui, |ui| panel::controls_ui(ui, scene, canvas, commands));
        });
        more_below_ui(ui, &shown, scroll);
    });
}
