//! Notices and the progress of a search, between the photo and the bar at the bottom.

use egui::{
    Align, CornerRadius, Frame, Id, Label, Layout, Margin, Panel, RichText, Role, ScrollArea, Sense, TextStyle, Ui,
    WidgetInfo, vec2,
};

use super::{
    Scene,
    bidi::in_drawn_order,
    searching::search_ui,
    text,
    theme::{self, STEP},
    widgets,
};
use crate::state::{Command, Notice, Tone};

/// Height of expanded details, in points.
const DETAILS_HEIGHT: f32 = 144.0;
/// A sentence narrower than this gets its buttons below it, in points.
const LEAST_TEXT: f32 = 220.0;

/// A strip with the search and the notices, the newest at the bottom, if there are any.
pub fn notices_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let notices: Vec<_> = scene.notices.iter().collect();
    if notices.is_empty() && scene.search.is_none() {
        return;
    }
    let margin = Margin::symmetric(2 * STEP as i8, STEP as i8);
    let frame = Frame::new().fill(theme::palette(ui).surface).inner_margin(margin);
    let shown = Panel::bottom("notices").frame(frame).resizable(false).show(ui, |ui| {
        search_ui(ui, scene.search, commands);
        for (number, notice) in notices {
            notice_ui(ui, *number, notice, commands);
        }
    });
    if shown.response.contains_pointer() {
        commands.push(Command::KeepNotices);
    }
}

fn notice_ui(ui: &mut Ui, number: u64, notice: &Notice, commands: &mut Vec<Command>) {
    let expanded_id = Id::unique("details").with(number);
    let expanded = notice.details.is_some() && ui.data(|data| data.get_temp(expanded_id)).unwrap_or(false);
    let labels = [notice.offer.as_ref().map(text::offer), notice.details.as_ref().map(|_| text::DETAILS)];
    let buttons: f32 = labels.iter().flatten().map(|label| button_width(ui, label) + STEP).sum();
    let room = ui.available_width() - theme::CONTROL_HEIGHT - 2.5 * STEP;
    let beside = buttons == 0.0 || room - buttons >= LEAST_TEXT;
    let text_width = if beside { room - buttons } else { room };
    let galley = ui.painter().layout(
        in_drawn_order(&notice.text).into_owned(),
        TextStyle::Body.resolve(ui.style()),
        theme::palette(ui).text,
        text_width,
    );
    let row = vec2(ui.available_width(), galley.size().y.max(theme::CONTROL_HEIGHT));
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        let palette = theme::palette(ui);
        let mark = if notice.tone == Tone::Problem { palette.problem } else { palette.accent };
        let (bar, _) = ui.allocate_exact_size(vec2(3.0, row.y - STEP), Sense::hover());
        ui.painter().rect_filled(bar, CornerRadius::same(1), mark);
        let sentence = ui.add(Label::new(galley));
        sentence.widget_info(|| WidgetInfo::labeled(Role::Label, true, &notice.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, text::DISMISS, widgets::draw_cross).clicked() {
                commands.push(Command::Dismiss(number));
            }
            if beside {
                buttons_ui(ui, number, notice, expanded_id, commands);
            }
        });
    });
    if !beside {
        ui.horizontal(|ui| {
            ui.add_space(1.5 * STEP);
            buttons_ui(ui, number, notice, expanded_id, commands);
        });
    }
    if let (true, Some(details)) = (expanded, &notice.details) {
        details_ui(ui, number, details);
    }
}

fn button_width(ui: &Ui, label: &str) -> f32 {
    widgets::text_width(ui, label, TextStyle::Button) + 2.0 * ui.spacing().button_padding.x
}

fn buttons_ui(ui: &mut Ui, number: u64, notice: &Notice, expanded_id: Id, commands: &mut Vec<Command>) {
    let expanded = ui.data(|data| data.get_temp(expanded_id)).unwrap_or(false);
    if notice.details.is_some() && ui.selectable_label(expanded, text::DETAILS).clicked() {
        ui.data_mut(|data| data.insert_temp(expanded_id, !expanded));
    }
    if let Some(offer) = &notice.offer
        && ui.button(text::offer(offer)).clicked()
    {
        commands.push(Command::AcceptOffer(number));
    }
}

fn details_ui(ui: &mut Ui, number: u64, details: &str) {
    ScrollArea::vertical().id_salt(number).max_height(DETAILS_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        let quiet = theme::palette(ui).text_quiet;
        ui.add(Label::new(RichText::new(details).monospace().color(quiet)).wrap().selectable(true));
    });
    if ui.button(text::COPY_DETAILS).clicked() {
        ui.ctx().copy_text(details.to_owned());
    }
}
