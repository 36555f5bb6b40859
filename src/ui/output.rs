//! Output options: folder, file names, format, existing files, metadata.

use egui::{DragValue, Label, Popup, PopupCloseBehavior, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::{
    Scene,
    names::fitted_name,
    text,
    theme::{self, STEP},
    widgets::{caption, choice, words_label},
};
use crate::{
    imaging::{Depth, Format, IfExists, MetadataChoice},
    state::{Command, Item},
};

const DEPTHS: [Option<Depth>; 3] = [None, Some(Depth::Eight), Some(Depth::Sixteen)];

/// A button with the name and folder of the selected photo's result; opens the options.
pub fn output_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let (file, place) = target(scene);
    let button = ui.horizontal(|ui| {
        ui.label(RichText::new(text::OUTPUT).strong());
        let size = vec2(ui.available_width(), 5.5 * STEP);
        let font = egui::TextStyle::Button.resolve(ui.style());
        let title = fitted_name(ui, &file, &font, size.x - 2.0 * STEP);
        choice(ui, size, false, &title, Some(&place), &text::output(&file, &place)).on_hover_text(text::OUTPUT_HINT)
    });
    let button = button.inner;
    let popup = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(50.0 * STEP);
    popup.show(|ui| {
        theme::roomy_menu(ui);
        ui.set_width(48.0 * STEP);
        let room = ui.ctx().content_rect().height() - 4.0 * STEP;
        // As high as its contents if there is room; the last frame may have had less.
        let area = ScrollArea::vertical().max_height(room).min_scrolled_height(room);
        area.show(ui, |ui| options_ui(ui, scene, commands));
    });
}

/// The file that the selected photo is saved as, and where, in words.
fn target(scene: &Scene) -> (String, String) {
    let naming = scene.names.naming();
    let item = scene.queue.selected().and_then(|id| scene.queue.get(id));
    if let Some(saved) = item.filter(|item| item.is_done() && scene.result.is_saved).and_then(Item::saved) {
        return (text::file_name(&saved.path), text::SAVED.to_owned());
    }
    let folder = match &naming.folder {
        Some(folder) => text::file_name(folder),
        None => text::NEXT_TO_ORIGINAL.to_owned(),
    };
    match item.and_then(|item| scene.names.of(item.id)) {
        Some(target) => {
            let existing = target.exists.then_some(naming.options.if_exists);
            (text::file_name(&target.path), text::place(&folder, existing))
        }
        None => (naming.template.clone(), folder),
    }
}

fn options_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let mut naming = scene.names.naming().clone();
    let size = vec2((ui.available_width() - STEP) / 2.0, theme::CONTROL_HEIGHT);
    ui.label(RichText::new(text::FOLDER).strong());
    ui.horizontal(|ui| {
        let next_to_original = naming.folder.is_none();
        if choice(ui, size, next_to_original, text::NEXT_TO_ORIGINAL, None, text::NEXT_TO_ORIGINAL).clicked() {
            naming.folder = None;
        }
        if choice(ui, size, !next_to_original, text::OTHER_FOLDER, None, text::OTHER_FOLDER).clicked() {
            commands.push(Command::ChooseOutputFolder);
        }
    });
    if let Some(folder) = &naming.folder {
        caption(ui, folder.to_string_lossy());
    }
    ui.add_space(STEP);
    let label = ui.label(RichText::new(text::FILE_NAMES).strong());
    let edit = TextEdit::singleline(&mut naming.template).desired_width(f32::INFINITY).margin(vec2(STEP, 0.75 * STEP));
    ui.add(edit).labelled_by(label.id);
    caption(ui, text::FILE_NAMES_HINT);
    let first = scene.queue.items().first();
    if let Some(example) = first.and_then(|item| scene.names.of(item.id)) {
        words_label(ui, &text::example(&example.path), |words| Label::new(words).truncate());
    }
    ui.add_space(STEP);
    // No drop-down list: egui has one popup at a time, so it would close this one.
    ui.label(RichText::new(text::FORMAT).strong());
    let label = |format: Option<Format>| format.map_or(text::SAME_FORMAT, Format::name);
    let size = vec2((ui.available_width() - 2.0 * STEP) / 3.0, theme::CONTROL_HEIGHT);
    let formats: Vec<_> = [None].into_iter().chain(Format::ALL.map(Some)).collect();
    for row in formats.chunks(3) {
        ui.horizontal(|ui| {
            for &format in row {
                if choice(ui, size, naming.format == format, label(format), None, label(format)).clicked() {
                    naming.format = format;
                }
            }
        });
    }
    let default_quality = naming.format.and_then(Format::default_quality);
    if let Some(default) = default_quality {
        ui.horizontal(|ui| {
            let label = ui.label(text::QUALITY);
            let mut quality = naming.options.quality.unwrap_or(default);
            let field = ui.add(DragValue::new(&mut quality).range(1..=100)).labelled_by(label.id);
            if field.changed() {
                naming.options.quality = Some(quality);
            }
        });
    }
    ui.add_space(STEP);
    ui.label(RichText::new(text::DEPTH).strong()).on_hover_text(text::DEPTH_HINT);
    ui.horizontal(|ui| {
        for depth in DEPTHS {
            let label = text::depth(depth);
            if choice(ui, size, naming.options.depth == depth, label, None, label).clicked() {
                naming.options.depth = depth;
            }
        }
    });
    ui.add_space(STEP);
    ui.label(RichText::new(text::IF_EXISTS).strong());
    for choice in [IfExists::Rename, IfExists::Skip, IfExists::Replace] {
        ui.radio_value(&mut naming.options.if_exists, choice, text::if_exists(choice));
    }
    ui.add_space(STEP);
    let mut kept = naming.options.metadata == MetadataChoice::Keep;
    if ui.checkbox(&mut kept, text::KEEP_METADATA).on_hover_text(text::KEEP_METADATA_HINT).changed() {
        naming.options.metadata = if kept { MetadataChoice::Keep } else { MetadataChoice::Strip };
    }
    if naming != *scene.names.naming() {
        // WebP is lossless here, and a quality of one format means little in another.
        if default_quality.is_none() || naming.format != scene.names.naming().format {
            naming.options.quality = None;
        }
        commands.push(Command::SetNaming(naming));
    }
}
