//! The whole screen: bars, panel, photo, notices, and what a drop would do.

use std::path::PathBuf;

use egui::{
    Align, Align2, Area, Button, CentralPanel, Context, CornerRadius, Frame, Id, Image, Key, KeyboardShortcut, Label,
    Layout, Margin, Modifiers, Order, Panel, Popup, Rect, RichText, ScrollArea, Sense, Spinner, Stroke, StrokeKind,
    TextStyle, TextureHandle, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    canvas::Canvas,
    panel, text,
    theme::{self, STEP},
    widgets::{self, caption},
};
use crate::{
    app::{Appearance, Command, NoticeBoard, Outlook, Saving, Session, Tone},
    engine::{DeviceChoice, DeviceInfo},
    imaging::Photo,
    pixels::{self, Planes, Size},
    restore::Recipe,
};

/// All that a frame shows.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What the window is doing.
    pub session: &'a Session,
    /// Whether a result is being written.
    pub saving: Saving,
    /// What the next restoration would come to.
    pub outlook: &'a Outlook,
    /// What is chosen for the next restoration.
    pub recipe: Recipe,
    /// The device that is chosen.
    pub device: &'a DeviceChoice,
    /// The devices there are; none as long as they are looked for.
    pub devices: Option<&'a [DeviceInfo]>,
    /// The sentences on screen.
    pub notices: &'a NoticeBoard,
    /// Dark, light, or as the system.
    pub appearance: Appearance,
}

/// The screen, with what it remembers from frame to frame.
pub struct Screen {
    canvas: Canvas,
    icon: Option<TextureHandle>,
}

const OPEN_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
const CLOSE_KEYS: [KeyboardShortcut; 2] =
    [KeyboardShortcut::new(Modifiers::COMMAND, Key::Q), KeyboardShortcut::new(Modifiers::COMMAND, Key::W)];
const RESTORE_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::R);

impl Screen {
    /// An empty screen. Sets the theme on `context`.
    pub fn new(context: &Context) -> Self {
        theme::install(context);
        Self { canvas: Canvas::new(context), icon: theme::icon(context) }
    }

    /// Where the divider stands, as a share of the width.
    pub fn divider(&self) -> f32 {
        self.canvas.divider()
    }

    /// Forgets what has landed: another restoration starts.
    pub fn clear_landing(&mut self) {
        self.canvas.clear_landing();
    }

    /// Takes in a finished tile of a restoration of `photo`.
    pub fn land(&mut self, context: &Context, photo: &Photo, frame: Size, rect: pixels::Rect, tile: &Planes) {
        self.canvas.land(context, photo, frame, rect, tile);
    }

    /// Draws a frame; what the person wishes comes back.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene) -> Vec<Command> {
        let mut commands = Vec::new();
        keys(ui, scene, &mut commands);

        let palette = theme::palette(ui);
        let bar = Frame::new().fill(palette.surface).inner_margin(Margin::symmetric(2 * STEP as i8, 0));
        Panel::top("top").exact_size(theme::BAR_HEIGHT).frame(bar).show(ui, |ui| self.top_ui(ui, scene, &mut commands));
        let frame = Frame::new().fill(palette.surface);
        Panel::right("panel")
            .exact_size(theme::PANEL_WIDTH)
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| panel_ui(ui, scene, &mut commands));
        Panel::bottom("bottom").exact_size(theme::BAR_HEIGHT).frame(bar).show(ui, |ui| self.bottom_ui(ui, scene));
        CentralPanel::default().frame(Frame::new().fill(palette.canvas)).show(ui, |ui| {
            let area = ui.available_rect_before_wrap();
            match (scene.session.source(), scene.session) {
                (Some(_), _) => self.canvas.show(ui, scene.session, scene.recipe.scale, &mut commands),
                (None, Session::Opening { .. }) => {
                    ui.put(Rect::from_center_size(area.center(), Vec2::splat(4.0 * STEP)), Spinner::new());
                }
                (None, _) => self.welcome_ui(ui, area, &mut commands),
            }
            notices_ui(ui, area, scene.notices, &mut commands);
        });
        drop_ui(ui, scene, &mut commands);
        commands
    }

    fn top_ui(&self, ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
        ui.horizontal_centered(|ui| {
            if let Some(icon) = &self.icon {
                ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(3.0 * STEP)).alt_text(text::APP));
            }
            ui.label(RichText::new(text::APP).size(16.0).strong());
            ui.add_space(STEP);
            if ui.button(text::OPEN).on_hover_text(text::OPEN_HINT).clicked() {
                commands.push(Command::ChoosePhoto);
            }
            let restored = matches!(scene.session, Session::Restored { .. });
            let writing = scene.saving != Saving::Idle;
            let label = if writing { text::SAVING } else { text::SAVE_AS };
            let save = if restored && !writing {
                widgets::accent_button(ui, label)
            } else {
                ui.add_enabled(false, Button::new(label))
            };
            if save.on_hover_text(text::SAVE_HINT).on_disabled_hover_text(text::SAVE_NEEDS_RESULT).clicked() {
                commands.push(Command::ChooseTarget);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| appearance_ui(ui, scene, commands));
        });
    }

    fn bottom_ui(&mut self, ui: &mut Ui, scene: &Scene) {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            self.canvas.zoom_ui(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match (scene.session, scene.session.source()) {
                (Session::Opening { path, .. }, _) => {
                    ui.add(Label::new(format!("{} {}", text::OPENING, text::file_name(path))).truncate());
                }
                (_, Some(source)) => {
                    let (name, size) = (text::file_name(&source.path), text::px_and_megapixels(source.photo.size()));
                    let quiet = theme::palette(ui).text_quiet;
                    let mut line = egui::text::LayoutJob::default();
                    let font = TextStyle::Body.resolve(ui.style());
                    line.append(&name, 0.0, egui::TextFormat::simple(font.clone(), theme::palette(ui).text));
                    line.append(&size, 2.0 * STEP, egui::TextFormat::simple(font, quiet));
                    ui.add(Label::new(line).truncate());
                }
                _ => {}
            });
        });
    }

    /// What an empty canvas says. A click anywhere opens.
    fn welcome_ui(&self, ui: &mut Ui, area: Rect, commands: &mut Vec<Command>) {
        let anywhere = ui.interact(area, ui.scope_id().with("welcome"), Sense::click());
        anywhere.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, text::DROP_HERE));
        if anywhere.clicked() {
            commands.push(Command::ChoosePhoto);
        }
        let palette = theme::palette(ui);
        let frame = area.shrink(3.0 * STEP);
        let edge = if anywhere.hovered() { palette.text_quiet } else { palette.line };
        dashed_frame(ui, frame, edge);
        let content = Rect::from_center_size(area.center(), vec2(frame.width().min(360.0), 256.0));
        ui.scope_builder(UiBuilder::new().max_rect(content).layout(Layout::top_down(Align::Center)), |ui| {
            if let Some(icon) = &self.icon {
                ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(12.0 * STEP)).alt_text(text::APP));
            }
            ui.add_space(STEP);
            ui.label(RichText::new(text::DROP_HERE).text_style(TextStyle::Heading).strong());
            ui.label(RichText::new(text::DROP_OR).color(palette.text_quiet));
            ui.add_space(STEP);
            ui.allocate_ui(vec2(192.0, 5.0 * STEP), |ui| {
                if widgets::primary_button(ui, true, text::EMPTY_OPEN).clicked() {
                    commands.push(Command::ChoosePhoto);
                }
            });
            caption(ui, text::DROP_FORMATS);
        });
    }
}

fn panel_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let margin = Margin::symmetric(3 * STEP as i8, 2 * STEP as i8);
    Panel::bottom("action")
        .frame(Frame::new().inner_margin(margin))
        .show(ui, |ui| panel::action_ui(ui, scene, commands));
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        ScrollArea::vertical().show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| panel::controls_ui(ui, scene, commands));
        });
    });
}

fn keys(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let pressed = |keys: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(keys));
    if pressed(&OPEN_KEYS) {
        commands.push(Command::ChoosePhoto);
    }
    if pressed(&SAVE_KEYS) {
        commands.push(Command::ChooseTarget);
    }
    if pressed(&RESTORE_KEYS) {
        commands.push(Command::Restore);
    }
    if CLOSE_KEYS.iter().any(pressed) {
        commands.push(Command::Close);
    }
    let popup = Popup::is_any_open(ui.ctx());
    if scene.session.job().is_some() && !popup && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        commands.push(Command::Cancel);
    }
}

fn appearance_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let button = widgets::icon_button(ui, text::APPEARANCE, widgets::draw_contrast);
    Popup::menu(&button).show(|ui| {
        theme::roomy_menu(ui);
        for appearance in Appearance::ALL {
            if ui.selectable_label(scene.appearance == appearance, text::appearance(appearance)).clicked() {
                ui.ctx().set_theme(match appearance {
                    Appearance::System => egui::ThemePreference::System,
                    Appearance::Dark => egui::ThemePreference::Dark,
                    Appearance::Light => egui::ThemePreference::Light,
                });
                commands.push(Command::SetAppearance(appearance));
                ui.close();
            }
        }
    });
}

/// Cards over the lower edge of the canvas, the newest at the bottom.
fn notices_ui(ui: &mut Ui, area: Rect, notices: &NoticeBoard, commands: &mut Vec<Command>) {
    let room = Rect::from_center_size(area.center(), vec2((area.width() - 4.0 * STEP).min(560.0), area.height()));
    let mut bottom = room.bottom() - 2.0 * STEP;
    let palette = theme::palette(ui);
    for (number, notice) in notices.iter().collect::<Vec<_>>().into_iter().rev() {
        let font = TextStyle::Body.resolve(ui.style());
        let text_width = room.width() - 4.0 * STEP - theme::CONTROL_HEIGHT;
        let galley = ui.painter().layout(notice.text.clone(), font, palette.text, text_width);
        let height = galley.size().y.max(theme::CONTROL_HEIGHT) + STEP;
        let card = Rect::from_min_max(pos2(room.left(), bottom - height), pos2(room.right(), bottom));
        bottom = card.top() - STEP;

        let rounding = CornerRadius::same(theme::ROUNDING + 2);
        ui.painter().add(ui.visuals().popup_shadow.as_shape(card, rounding));
        ui.painter().rect(card, rounding, palette.surface, Stroke::new(1.0, palette.line), StrokeKind::Inside);
        let mark = if notice.tone == Tone::Problem { palette.problem } else { palette.accent };
        let bar = card.shrink(STEP).with_max_x(card.left() + STEP + 3.0);
        ui.painter().rect_filled(bar, CornerRadius::same(1), mark);

        let text = Rect::from_min_size(
            pos2(card.left() + 2.5 * STEP, card.center().y - galley.size().y / 2.0),
            vec2(text_width, galley.size().y),
        );
        ui.scope_builder(UiBuilder::new().max_rect(text), |ui| ui.add(Label::new(galley)));
        let button = Rect::from_center_size(
            pos2(card.right() - STEP - theme::CONTROL_HEIGHT / 2.0, card.center().y),
            Vec2::splat(theme::CONTROL_HEIGHT),
        );
        ui.scope_builder(UiBuilder::new().max_rect(button), |ui| {
            if widgets::icon_button(ui, text::DISMISS, widgets::draw_cross).clicked() {
                commands.push(Command::Dismiss(*number));
            }
        });
    }
}

/// Takes in dropped files, and says beforehand what a drop will do.
fn drop_ui(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let dropped: Vec<PathBuf> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    if !dropped.is_empty() {
        commands.push(Command::Open(dropped));
    }
    let hovered: Option<Vec<String>> = ui.input(|input| {
        let files = &input.raw.hovered_files;
        let names = files.iter().filter_map(|file| file.path.as_deref()).map(text::file_name);
        (!files.is_empty()).then(|| names.collect())
    });
    let Some(names) = hovered else { return };
    let palette = theme::palette(ui);
    let screen = ui.ctx().content_rect();
    let veil = Area::new(Id::unique("drop")).order(Order::Foreground).anchor(Align2::CENTER_CENTER, Vec2::ZERO);
    veil.interactable(false).show(ui.ctx(), |ui| {
        let painter = ui.painter().with_clip_rect(screen);
        painter.rect_filled(screen, CornerRadius::ZERO, palette.canvas.gamma_multiply(0.85));
        let rounding = CornerRadius::same(2 * theme::ROUNDING);
        painter.rect_stroke(screen.shrink(2.0 * STEP), rounding, Stroke::new(3.0, palette.accent), StrokeKind::Inside);
        let promise = text::drop_promise(&names, scene.session.run().is_some());
        ui.add(Label::new(RichText::new(promise).text_style(TextStyle::Heading)).extend());
    });
}

fn dashed_frame(ui: &Ui, rect: Rect, colour: egui::Color32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.5, colour), STEP, STEP * 0.75));
}
