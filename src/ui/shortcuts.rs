//! The sheet of keyboard shortcuts.

use egui::{Align, Context, Grid, Id, Key, Layout, Modal, Modifiers, RichText, ScrollArea, Ui, vec2};

use super::{
    keys::{self, Shortcut},
    text,
    theme::{self, STEP},
    widgets,
};

/// Width of two columns, in points.
const WIDTH: f32 = 108.0 * STEP;

fn id() -> Id {
    Id::unique("shortcuts")
}

/// Whether the sheet is open.
pub fn is_open(context: &Context) -> bool {
    context.data(|data| data.get_temp(id())).unwrap_or(false)
}

/// Opens or closes it.
pub fn toggle(context: &Context) {
    let open = !is_open(context);
    context.data_mut(|data| data.insert_temp(id(), open));
}

/// Shows it while open. Escape, its close button and a click outside close it.
pub fn shortcuts_ui(ui: &Ui) {
    if !is_open(ui.ctx()) {
        return;
    }
    // A margin in small windows.
    let room = ui.ctx().content_rect().size() - vec2(8.0, 8.0) * STEP;
    let shown = Modal::new(id()).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(room.x));
        let close = ui
            .horizontal(|ui| {
                ui.label(RichText::new(text::SHORTCUTS).size(16.0).strong());
                let cross = |ui: &mut Ui| widgets::icon_button(ui, text::CLOSE, widgets::draw_cross);
                ui.with_layout(Layout::right_to_left(Align::Center), cross).inner.clicked()
            })
            .inner;
        let count = if room.x < WIDTH { 1 } else { 2 };
        let height = room.y - theme::CONTROL_HEIGHT;
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            ui.columns(count, |columns| {
                for (index, group) in keys::ALL.iter().enumerate() {
                    group_ui(&mut columns[index % count], group.0, group.1);
                }
            });
        });
        close
    });
    let escape = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if shown.inner || escape || shown.should_close() {
        toggle(ui.ctx());
    }
}

fn group_ui(ui: &mut Ui, name: &str, entries: &[(Shortcut, &str)]) {
    let palette = theme::palette(ui);
    ui.add_space(STEP);
    ui.label(RichText::new(name).strong().color(palette.accent));
    Grid::new(name)
        .num_columns(2)
        .min_col_width(16.0 * STEP)
        .min_row_height(2.5 * STEP)
        .spacing([2.0 * STEP, 0.5 * STEP])
        .show(ui, |ui| {
            for (by, what) in entries {
                let keys = match by {
                    Shortcut::Keys(keys) => {
                        let keys: Vec<_> = keys.iter().map(|keys| keys::name(ui, keys)).collect();
                        keys.join(", ")
                    }
                    Shortcut::Words(words) => (*words).to_owned(),
                };
                ui.label(RichText::new(keys).color(palette.text));
                ui.label(RichText::new(*what).color(palette.text_quiet));
                ui.end_row();
            }
        });
}
