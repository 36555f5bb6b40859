//! The whole screen: where everything stands.

use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, ScrollArea, Spinner, TextureHandle, Ui, Vec2};

use super::{
    bottom::bottom_ui,
    closing::closing_ui,
    dropping::drop_ui,
    keys::keys,
    notices::notices_ui,
    panel,
    preview_grid::Glances,
    queue::{QueueList, failed_ui},
    searching::search_ui,
    shortcuts::shortcuts_ui,
    taps::Taps,
    theme::{self, STEP},
    top::top_ui,
    viewer::canvas::Canvas,
    welcome::welcome_ui,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo},
    imaging::Thumbnail,
    pixels::{self, Planes, Size},
    restore::Recipe,
    state::{
        Appearance, Batch, Closing, Command, Compare, ForecastState, Item, ItemId, Names, NoticeBoard, PreviewGrid,
        Queue, Saving, Searching, Session, Settings, Speeds, Subfolders,
    },
};

/// All that a frame shows.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What the window is doing.
    pub session: &'a Session,
    /// Whether a result is being written.
    pub saving: Saving,
    /// What the next restoration would come to.
    pub outlook: &'a ForecastState,
    /// What is chosen for the next restoration.
    pub recipe: Recipe,
    /// The preview grid, while it is open.
    pub glance: Option<&'a PreviewGrid>,
    /// The photos, and what became of them.
    pub queue: &'a Queue,
    /// Their way through the workers.
    pub batch: &'a Batch,
    /// Where the results of many photos go, and which files they become.
    pub names: &'a Names,
    /// The search for photos under way, when it takes long.
    pub search: Option<&'a Searching>,
    /// Whether the folders in a folder count.
    pub subfolders: Subfolders,
    /// Whether the window is about to close.
    pub closing: Closing,
    /// The device that is chosen.
    pub device: &'a DeviceChoice,
    /// The devices there are; none as long as they are looked for.
    pub devices: Option<&'a [DeviceInfo]>,
    /// What is known of their speeds.
    pub speeds: &'a Speeds,
    /// The sentences on screen.
    pub notices: &'a NoticeBoard,
    /// Dark, light, or as the system.
    pub appearance: Appearance,
    /// What is remembered.
    pub settings: &'a Settings,
    /// Whether there is a step back in what was chosen, and one forth again.
    pub steps: [bool; 2],
    /// Whether files can be dropped here.
    pub drops: bool,
}

/// The screen, with what it remembers from frame to frame.
pub struct Screen {
    canvas: Canvas,
    list: QueueList,
    glances: Glances,
    icon: Option<TextureHandle>,
}

impl Screen {
    /// An empty screen. Sets the theme on `context`.
    pub fn new(context: &Context) -> Self {
        theme::install(context);
        context.add_plugin(Taps::default());
        Self {
            canvas: Canvas::new(context),
            list: QueueList::default(),
            glances: Glances::default(),
            icon: theme::icon(context),
        }
    }

    /// Where the divider stands, as a share of the width.
    pub fn divider(&self) -> f32 {
        self.canvas.divider()
    }

    /// How before and after are compared.
    pub fn compare(&self) -> Compare {
        self.canvas.compare()
    }

    /// Sets how they are compared.
    pub fn set_compare(&mut self, compare: Compare) {
        self.canvas.set_compare(compare);
    }

    /// Puts the divider at a share of the width.
    pub fn place_divider(&mut self, share: f32) {
        self.canvas.place_divider(share);
    }

    /// Forgets what has landed: another restoration starts.
    pub fn clear_live_tiles(&mut self) {
        self.canvas.clear_live_tiles();
    }

    /// Keeps what has landed only until newer tiles are there: the settings changed.
    pub fn outdate_live_tiles(&mut self) {
        self.canvas.outdate_live_tiles();
    }

    /// Takes in a tile of a restoration, at full strength: see `live_tiles::LiveTiles`.
    pub fn land(&mut self, stage: (Size, bool), rect: pixels::Rect, tile: &Planes) {
        self.canvas.land(stage, rect, tile);
    }

    /// Takes in a photo's small picture, or that there is none.
    pub fn add_thumbnail(&mut self, context: &Context, queue: &Queue, id: ItemId, thumbnail: Option<&Thumbnail>) {
        self.list.add_thumbnail(context, queue, id, thumbnail);
    }

    /// The photo whose small picture is wanted next.
    pub fn wanted_thumbnail<'a>(&self, queue: &'a Queue) -> Option<&'a Item> {
        self.list.wanted_thumbnail(queue)
    }

    /// Forgets the small pictures of photos that are gone.
    pub fn forget_thumbnails(&mut self, wanted: impl Fn(ItemId) -> bool) {
        self.list.forget_thumbnails(wanted);
    }

    /// Draws a frame; what the person wishes comes back.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene) -> Vec<Command> {
        let mut commands = Vec::new();
        self.canvas.follow_noise(scene.session);
        keys(ui, scene, &mut commands);

        let palette = theme::palette(ui);
        let bar = Frame::new().fill(palette.surface).inner_margin(Margin::symmetric(2 * STEP as i8, 0));
        Panel::top("top")
            .exact_size(theme::BAR_HEIGHT)
            .frame(bar)
            .show(ui, |ui| top_ui(ui, scene, self.icon.as_ref(), &mut commands));
        let frame = Frame::new().fill(palette.surface);
        Panel::right("panel")
            .exact_size(theme::PANEL_WIDTH)
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| panel_ui(ui, scene, &mut self.canvas, &mut commands));
        if scene.queue.items().len() > 1 {
            Panel::left("queue")
                .exact_size(theme::QUEUE_WIDTH)
                .resizable(false)
                .frame(frame)
                .show(ui, |ui| self.list.show(ui, scene, &mut commands));
        }
        Panel::bottom("bottom")
            .exact_size(theme::BAR_HEIGHT)
            .frame(bar)
            .show(ui, |ui| bottom_ui(ui, scene, &mut self.canvas));
        CentralPanel::default().frame(Frame::new().fill(palette.canvas)).show(ui, |ui| {
            let area = ui.available_rect_before_wrap();
            match (scene.session.source(), scene.session) {
                (Some(_), _) => match scene.glance {
                    Some(glance) => self.glances.show(ui, area, glance, &mut commands),
                    None => {
                        // What goes into a file has the recipe it began with.
                        let active = scene.batch.active().filter(|active| Some(active.job) == scene.session.job());
                        let recipe = active.map_or(scene.recipe, |active| active.recipe);
                        self.canvas.show(ui, scene.session, recipe, &mut commands);
                    }
                },
                (None, Session::Opening { .. }) => {
                    ui.put(Rect::from_center_size(area.center(), Vec2::splat(4.0 * STEP)), Spinner::new());
                }
                (None, _) if scene.queue.selected().is_some() => failed_ui(ui, area, scene, &mut commands),
                (None, _) => welcome_ui(ui, area, scene, self.icon.as_ref(), &mut commands),
            }
            search_ui(ui, area, scene.search, &mut commands);
            notices_ui(ui, area, scene.notices, &mut commands);
        });
        shortcuts_ui(ui);
        closing_ui(ui, scene, &mut commands);
        drop_ui(ui, scene, &mut commands);
        commands
    }
}

fn panel_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, commands: &mut Vec<Command>) {
    let margin = Margin::symmetric(3 * STEP as i8, 2 * STEP as i8);
    Panel::bottom("action")
        .frame(Frame::new().inner_margin(margin))
        .show(ui, |ui| panel::action_ui(ui, scene, commands));
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        ScrollArea::vertical().show(ui, |ui| {
            let margin = Margin { bottom: STEP as i8, ..margin };
            Frame::new().inner_margin(margin).show(ui, |ui| panel::controls_ui(ui, scene, canvas, commands));
        });
    });
}
