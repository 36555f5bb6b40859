//! Controls that egui does not have in this form.

use egui::{
    Align2, Button, Color32, ComboBox, CornerRadius, Label, PopupCloseBehavior, Rect, Response, RichText, Role, Sense,
    Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    bidi::in_drawn_order,
    icons,
    theme::{self, CAPTION, STEP},
};
use crate::state::Command;

/// A drop-down list as wide as the room, with its current choice. The caller names it.
pub fn drop_down<'a>(ui: &Ui, id: &'static str, width: f32, current: &'a str) -> ComboBox<'a> {
    let chevron = |ui: &Ui, rect: Rect, visuals: &egui::style::WidgetVisuals, _: bool| {
        icons::draw_chevron(ui.painter(), rect, visuals.fg_stroke.color);
    };
    let list = ComboBox::from_id_salt(id).width(width).selected_text(current).truncate().icon(chevron);
    // High enough for the whole list.
    list.height(ui.ctx().content_rect().height() - 8.0 * STEP).close_behavior(PopupCloseBehavior::CloseOnClickOutside)
}

/// Whether a [`drop_down`] of this width shows `words` whole.
pub fn fits_drop_down(ui: &Ui, width: f32, words: &str) -> bool {
    let spacing = ui.spacing();
    let room = width - 2.0 * spacing.button_padding.x - spacing.icon_spacing - spacing.icon_width;
    text_width(ui, words, TextStyle::Button) <= room
}

/// Width of a line of text, in points.
pub fn text_width(ui: &Ui, text: &str, style: TextStyle) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), style.resolve(ui.style()), Color32::PLACEHOLDER).size().x
}

/// A button in the accent colour, for the next step. At most one at a time.
pub fn accent_button(ui: &mut Ui, label: &str) -> Response {
    accented(ui, |ui, text| ui.add(Button::new(text)), label)
}

/// An accent button of full width.
pub fn primary_button(ui: &mut Ui, enabled: bool, label: &str) -> Response {
    if enabled {
        accented(ui, |ui, text| ui.add_sized(wide(ui), Button::new(text.size(15.0))), label)
    } else {
        // Not in the accent colour while disabled.
        ui.add_enabled_ui(false, |ui| wide_button(ui, label)).inner
    }
}

/// A plain button as wide as the primary one.
pub fn wide_button(ui: &mut Ui, label: &str) -> Response {
    ui.add_sized(wide(ui), Button::new(RichText::new(label).size(15.0)))
}

fn wide(ui: &Ui) -> Vec2 {
    vec2(ui.available_width(), 5.0 * STEP)
}

fn accented(ui: &mut Ui, add: impl FnOnce(&mut Ui, RichText) -> Response, label: &str) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut widgets.inactive, palette.accent),
            (&mut widgets.hovered, palette.accent_hover),
            (&mut widgets.active, palette.accent_hover),
        ] {
            state.weak_bg_fill = fill;
        }
        widgets.active.bg_stroke = Stroke::new(2.0, palette.text);
        add(ui, RichText::new(label).strong().color(palette.on_accent))
    })
    .inner
}

/// One of several choices: a title with a detail below. `name`: its accessible name.
pub fn choice(ui: &mut Ui, size: Vec2, selected: bool, title: &str, detail: Option<&str>, name: &str) -> Response {
    chosen(ui, size, Role::RadioButton, selected, title, detail, name)
}

/// An on/off button in the form of a choice.
pub fn toggle(ui: &mut Ui, size: Vec2, on: bool, title: &str, name: &str) -> Response {
    chosen(ui, size, Role::CheckBox, on, title, None, name)
}

/// A button in the form of a choice.
pub fn small_choice(ui: &mut Ui, size: Vec2, title: &str, name: &str) -> Response {
    chosen(ui, size, Role::Button, false, title, None, name)
}

fn chosen(
    ui: &mut Ui,
    size: Vec2,
    role: Role,
    selected: bool,
    title: &str,
    detail: Option<&str>,
    name: &str,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), selected, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let palette = theme::palette(ui);
    let lit = response.hovered() || response.has_focus();
    let fill = match (selected, lit) {
        (true, _) => palette.accent_tint,
        (false, true) => palette.raised_hover,
        (false, false) => palette.raised,
    };
    let edge = match (selected, response.has_focus()) {
        (true, _) => Stroke::new(1.5, palette.accent),
        (false, true) => Stroke::new(1.5, palette.text_quiet),
        (false, false) => Stroke::NONE,
    };
    ui.painter().rect(rect, CornerRadius::same(theme::ROUNDING), fill, edge, StrokeKind::Inside);
    let (title_font, detail_font) = (TextStyle::Button.resolve(ui.style()), CAPTION.resolve(ui.style()));
    let room = rect.shrink2(vec2(2.0, 0.0));
    match detail {
        None => line(ui, room, Align2::CENTER_CENTER, title, title_font, palette.text),
        Some(detail) => {
            let quiet = if selected { palette.text } else { palette.text_quiet };
            let (above, below) = (rect.center().y - 1.0, rect.center().y + 1.0);
            line(ui, room.with_max_y(above), Align2::CENTER_BOTTOM, title, title_font, palette.text);
            line(ui, room.with_min_y(below), Align2::CENTER_TOP, detail, detail_font, quiet);
        }
    }
    response
}

/// An entry of a menu, which closes it.
pub fn menu_entry(ui: &mut Ui, enabled: bool, label: &str, command: Command, commands: &mut Vec<Command>) -> Response {
    let entry = ui.add_enabled(enabled, Button::selectable(false, label));
    if entry.clicked() {
        commands.push(command);
        ui.close();
    }
    entry
}

/// A square button with an icon. `name`: its tooltip and accessible name.
pub fn icon_button(ui: &mut Ui, name: &str, draw: impl FnOnce(&egui::Painter, Rect, Color32)) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::CONTROL_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let visuals = *ui.style().interact(&response);
    let palette = theme::palette(ui);
    if response.hovered() || response.has_focus() {
        let rounding = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect(rect, rounding, palette.raised_hover, visuals.bg_stroke, StrokeKind::Inside);
    }
    let colour = if ui.is_enabled() { palette.text } else { palette.text_quiet };
    draw(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(14.0)), colour);
    words_on_hover(response, name)
}

/// An icon button for a row of a list.
pub fn small_icon_button(ui: &mut Ui, name: &str, draw: impl FnOnce(&egui::Painter, Rect, Color32)) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(3.0 * STEP), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let palette = theme::palette(ui);
    let lit = response.hovered() || response.has_focus();
    if lit {
        let edge = if response.has_focus() { Stroke::new(1.5, palette.text_quiet) } else { Stroke::NONE };
        let rounding = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect(rect, rounding, palette.raised_hover, edge, StrokeKind::Inside);
    }
    let colour = if lit { palette.text } else { palette.text_quiet };
    draw(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(12.0)), colour);
    words_on_hover(response, name)
}

/// A progress bar, `share` filled, 0–1. `name`: its accessible name.
pub fn progress_bar(ui: &mut Ui, share: f32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), STEP), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from((share * 100.0).round()));
        info
    });
    let palette = theme::palette(ui);
    let rounding = CornerRadius::same((STEP / 2.0) as u8);
    ui.painter().rect_filled(rect, rounding, palette.raised);
    if share > 0.0 {
        let width = (rect.width() * share).max(STEP);
        let filled = Rect::from_min_max(rect.min, pos2(rect.left() + width, rect.bottom()));
        ui.painter().rect_filled(filled, rounding, palette.accent);
    }
    response
}

/// A file's name on one line, in the order of its script. `shown`: as much of it as fits.
pub fn name_label(ui: &mut Ui, name: &str, shown: &str, style: impl FnOnce(RichText) -> RichText) -> Response {
    let label = ui.add(Label::new(style(RichText::new(in_drawn_order(shown)))).truncate());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    label
}

/// Words among which may be names of files, each in the order of its script.
pub fn words_label(ui: &mut Ui, words: &str, style: impl FnOnce(RichText) -> Label) -> Response {
    let label = ui.add(style(RichText::new(in_drawn_order(words))));
    label.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), words));
    label
}

/// A tooltip of words among which may be names of files.
pub fn words_on_hover(response: Response, words: &str) -> Response {
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        words_label(ui, words, |words| Label::new(words).wrap());
    })
}

/// Small text in a quiet colour, wrapped.
pub fn caption(ui: &mut Ui, text: impl AsRef<str>) -> Response {
    let colour = theme::palette(ui).text_quiet;
    words_label(ui, text.as_ref(), |words| Label::new(words.text_style(CAPTION).color(colour)).wrap())
}

/// Small text in the colour of problems, wrapped.
pub fn warning(ui: &mut Ui, text: impl AsRef<str>) -> Response {
    let colour = theme::palette(ui).problem;
    words_label(ui, text.as_ref(), |words| Label::new(words.text_style(CAPTION).color(colour)).wrap())
}

/// Paints one line of text, truncated with `…`. It has no accessible name.
pub fn line(ui: &Ui, room: Rect, corner: Align2, text: &str, font: egui::FontId, colour: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(in_drawn_order(text).into_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width());
    let galley = ui.painter().layout_job(job);
    let at = corner.align_size_within_rect(galley.size(), room).min;
    ui.painter().galley(at, galley, colour);
}

/// Plus, or minus.
pub fn draw_sign(plus: bool) -> impl FnOnce(&egui::Painter, Rect, Color32) {
    move |painter, rect, colour| {
        let stroke = Stroke::new(1.5, colour);
        painter.hline(rect.shrink(2.0).x_range(), rect.center().y, stroke);
        if plus {
            painter.vline(rect.center().x, rect.shrink(2.0).y_range(), stroke);
        }
    }
}

/// A cross.
pub fn draw_cross(painter: &egui::Painter, rect: Rect, colour: Color32) {
    let rect = rect.shrink(2.5);
    let stroke = Stroke::new(1.5, colour);
    painter.line_segment([rect.left_top(), rect.right_bottom()], stroke);
    painter.line_segment([rect.right_top(), rect.left_bottom()], stroke);
}

/// Three dots, for a menu.
pub fn draw_dots(painter: &egui::Painter, rect: Rect, colour: Color32) {
    for share in [0.1, 0.5, 0.9] {
        painter.circle_filled(pos2(rect.left() + share * rect.width(), rect.center().y), 1.75, colour);
    }
}

/// A circular arrow.
pub fn draw_retry(painter: &egui::Painter, rect: Rect, colour: Color32) {
    let (centre, radius) = (rect.center(), 0.42 * rect.width());
    let on_circle = |turn: f32| {
        let angle = std::f32::consts::TAU * turn;
        centre + vec2(angle.cos(), angle.sin()) * radius
    };
    // Clockwise, open at the top right.
    let arc = (0..=20).map(|step| on_circle(0.97 + 0.78 * step as f32 / 20.0)).collect();
    painter.add(egui::Shape::line(arc, Stroke::new(1.5, colour)));
    let tip = on_circle(0.75) + vec2(3.5, 0.0);
    let head = vec![tip, tip + vec2(-3.5, -3.0), tip + vec2(-3.5, 3.0)];
    painter.add(egui::Shape::convex_polygon(head, colour, Stroke::NONE));
}

#[cfg(test)]
mod tests {
    use egui::{Context, RawInput, Shape};

    use super::*;

    #[test]
    fn names_are_drawn_and_read_in_their_order() {
        let context = Context::default();
        theme::install(&context);
        context.enable_accesskit();
        let name = "Saved as תמונה משפחה.jpg";
        let output = context.run_ui(RawInput::default(), |ui| {
            caption(ui, name);
        });
        let drawn = output.shapes.iter().filter_map(|shape| match &shape.shape {
            Shape::Text(text) => Some(text.galley.text()),
            _ => None,
        });
        assert_eq!(drawn.collect::<Vec<_>>(), ["Saved as משפחה תמונה.jpg"]);
        let tree = output.platform_output.accesskit_update.expect("enabled");
        assert!(tree.nodes.iter().any(|(_, node)| [node.label(), node.value()].contains(&Some(name))));
    }
}
