//! The start screen: a sample before and after, what to do, and recent photos.

use std::{path::Path, sync::Arc};

use egui::{
    Align, Align2, Button, Color32, Image, Label, Layout, Rect, RichText, Sense, Stroke, TextStyle, TextureHandle,
    TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, vec2,
};

use super::{
    Scene,
    labels::tag_ui,
    menu::name_and_folder,
    text,
    theme::{self, STEP},
    viewer::{divider::Divider, texels, view::WHOLE},
    widgets::{self, caption},
};
use crate::{
    imaging::{self, MemoryLimit},
    pixels::Size,
    restore::Rendition,
    state::Command,
};

/// Most recent photos shown here; the menu has all.
const MAX_RECENT: usize = 5;
/// The sample before and after: a part of `sample-noisy.png`, and of what the program makes of it.
const SAMPLE: [&[u8]; 2] =
    [include_bytes!("../../assets/welcome-before.jpg"), include_bytes!("../../assets/welcome-after.jpg")];
/// Height below which the sample is left out, in points.
const LEAST_SAMPLE: f32 = 96.0;
/// Width of a step's number, in points.
const NUMBER: f32 = 2.0 * STEP;
/// Width of the sentences, in points.
const WORDS: f32 = 480.0;

/// The start screen, with the state it keeps between frames.
#[derive(Default)]
pub struct Welcome {
    divider: Divider,
    sample: Option<Vec<TextureHandle>>,
}

impl Welcome {
    /// Shown on the empty canvas. A click anywhere opens the file dialog.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        scene: &Scene,
        icon: Option<&TextureHandle>,
        commands: &mut Vec<Command>,
    ) {
        let anywhere = ui.interact(area, ui.scope_id().with("welcome"), Sense::click());
        let title = if scene.drops { text::DROP_HERE } else { text::OPEN_FILES };
        anywhere.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, title));
        if anywhere.clicked() {
            commands.push(Command::ChoosePhoto);
        }
        let palette = theme::palette(ui);
        let frame = area.shrink(2.0 * STEP);
        let edge = if anywhere.hovered() { palette.text_quiet } else { palette.line };
        dashed_frame(ui, frame, edge);

        let row = theme::CONTROL_HEIGHT + 0.5 * STEP;
        let room = ((frame.height() - 280.0) / row).max(0.0) as usize;
        let recent = &scene.settings.recent[..scene.settings.recent.len().min(MAX_RECENT).min(room)];
        let below = 128.0 + if recent.is_empty() { 72.0 } else { 4.0 * STEP + row * recent.len() as f32 };
        let sample = self.sample_size(ui, vec2(frame.width() - 4.0 * STEP, frame.height() - 4.0 * STEP - below));
        let height = below + sample.map_or(0.0, |sample| sample.y + 2.0 * STEP);
        let width = frame.width() - 2.0 * STEP;
        let content = Rect::from_center_size(area.center(), vec2(width, height.min(frame.height())));
        ui.scope_builder(UiBuilder::new().max_rect(content).layout(Layout::top_down(Align::Center)), |ui| {
            match sample {
                Some(size) => self.sample_ui(ui, size),
                None => {
                    let icon = icon.map(|icon| Image::new(icon).fit_to_exact_size(Vec2::splat(5.0 * STEP)));
                    icon.into_iter().for_each(|icon| {
                        ui.add(icon.alt_text(text::APP));
                    });
                }
            }
            ui.add_space(STEP);
            ui.label(RichText::new(title).text_style(TextStyle::Heading).strong());
            let hint = if scene.drops { text::DROP_OR } else { text::DROP_UNSUPPORTED };
            ui.label(RichText::new(hint).color(palette.text_quiet));
            ui.allocate_ui(vec2(192.0, 5.0 * STEP), |ui| {
                if widgets::primary_button(ui, true, text::WELCOME_OPEN).clicked() {
                    commands.push(Command::ChoosePhoto);
                }
            });
            caption(ui, text::WELCOME_FORMATS);
            ui.allocate_ui(vec2(width.min(WORDS), 0.0), |ui| {
                if recent.is_empty() { steps_ui(ui) } else { recent_ui(ui, recent, commands) }
            });
        });
    }

    /// Size of the sample in `room`; `None` if it does not fit.
    fn sample_size(&mut self, ui: &Ui, room: Vec2) -> Option<Vec2> {
        let sample = self.sample.get_or_insert_with(|| SAMPLE.iter().filter_map(|bytes| texture(ui, bytes)).collect());
        let whole = sample.first().filter(|_| sample.len() == SAMPLE.len())?.size_vec2() / ui.ctx().pixels_per_point();
        let size = whole * (room.x / whole.x).min(room.y / whole.y).min(1.0);
        (size.y >= LEAST_SAMPLE).then_some(size)
    }

    /// The sample under its divider.
    fn sample_ui(&mut self, ui: &mut Ui, size: Vec2) {
        let Some([before, after]) = self.sample.as_deref() else { return };
        let (place, picture) = ui.allocate_exact_size(size, Sense::click());
        picture.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, text::SAMPLE));
        if let Some(at) = picture.interact_pointer_pos().filter(|_| picture.clicked()) {
            self.divider.place((at.x - place.left()) / place.width());
        }
        let line = self.divider.interact_ui(ui, place, false);
        let at = place.left() + self.divider.share() * place.width();
        for (texture, part, side, name) in [
            (before, place.with_max_x(at), Align2::LEFT_TOP, text::BEFORE),
            (after, place.with_min_x(at), Align2::RIGHT_TOP, text::AFTER),
        ] {
            ui.painter().with_clip_rect(part).image(texture.id(), place, WHOLE, Color32::WHITE);
            tag_ui(ui, part, side, ("sample", name), name);
        }
        let accent = theme::palette(ui).accent;
        self.divider.paint(&ui.painter().with_clip_rect(place), place, false, &line, accent);
    }
}

/// A texture of a picture file that is a part of the program.
fn texture(ui: &Ui, bytes: &[u8]) -> Option<TextureHandle> {
    let photo = imaging::decode(Path::new("sample.jpg"), bytes.to_vec(), MemoryLimit::default()).ok()?.photo;
    let Size { width, height } = photo.size();
    let ones = |side: usize| (0..side).map(|at| at..at + 1).collect::<Vec<_>>();
    let texels = texels::texels(&Rendition::Photo(Arc::new(photo)), &ones(width), &ones(height), 1);
    Some(ui.ctx().load_texture("sample", texels::image([width, height], texels), TextureOptions::LINEAR))
}

/// What to do, in three sentences.
fn steps_ui(ui: &mut Ui) {
    let (font, palette) = (TextStyle::Body.resolve(ui.style()), theme::palette(ui));
    ui.add_space(0.5 * STEP);
    ui.spacing_mut().item_spacing.y = 0.5 * STEP;
    let room = ui.available_width() - NUMBER;
    let steps = text::FIRST_STEPS.map(|step| ui.painter().layout(step.to_owned(), font.clone(), palette.text, room));
    // A block of lines that begin at the same place.
    let width = NUMBER + steps.iter().map(|step| step.size().x).fold(0.0, f32::max);
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (number, step) in steps.into_iter().enumerate() {
            ui.horizontal_top(|ui| {
                let left = ui.cursor().left();
                ui.label(RichText::new((number + 1).to_string()).color(palette.accent));
                ui.add_space(left + NUMBER - ui.cursor().left());
                ui.add(Label::new(step));
            });
        }
    });
}

fn recent_ui(ui: &mut Ui, recent: &[std::path::PathBuf], commands: &mut Vec<Command>) {
    ui.add_space(STEP);
    caption(ui, text::RECENT);
    ui.spacing_mut().item_spacing.y = 0.5 * STEP;
    for path in recent {
        let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
        let button = ui.add_sized(size, Button::new(name_and_folder(ui, path)).truncate());
        if widgets::words_on_hover(button, &path.to_string_lossy()).clicked() {
            commands.push(Command::Open(vec![path.clone()]));
        }
    }
}

fn dashed_frame(ui: &Ui, rect: Rect, colour: Color32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.5, colour), STEP, STEP * 0.75));
}
