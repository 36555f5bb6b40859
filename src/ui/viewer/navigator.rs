//! The navigator: a small map of the photo in a corner, with the part that is in view, which can be dragged.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Painter, PointerButton, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use crate::ui::{
    text,
    theme::{self, STEP},
    widgets,
};

/// The map's greatest size, in points.
const LARGEST: Vec2 = vec2(168.0, 132.0);
/// It takes at most this share of the canvas' sides.
const SHARE: f32 = 0.3;
/// No map on a smaller canvas, in points.
const LEAST_CANVAS: Vec2 = vec2(280.0, 220.0);
/// Side of the button that hides it, in points.
const BUTTON: f32 = 20.0;

/// What the user did with the map.
pub enum Navigation {
    /// Show this point at the centre, in shares of the photo's sides.
    Centre(Vec2),
    /// Hide the map.
    Hide,
}

/// Where the map of a photo is on the canvas; `None` if all of the photo is in view, or the canvas is too small.
pub fn map_in(canvas: Rect, pane: Rect, place: Rect) -> Option<Rect> {
    // Half a point: the photo is aligned to screen pixels.
    let all_in_view = pane.expand(0.5).contains_rect(place);
    if all_in_view || canvas.width() < LEAST_CANVAS.x || canvas.height() < LEAST_CANVAS.y {
        return None;
    }
    let room = LARGEST.min(canvas.size() * SHARE);
    let scale = (room.x / place.width()).min(room.y / place.height());
    let size = (place.size() * scale).max(Vec2::splat(STEP));
    Some(Align2::RIGHT_BOTTOM.align_size_within_rect(size, canvas.shrink(1.5 * STEP)))
}

/// The part of the map that is in view.
fn in_view(map: Rect, pane: Rect, place: Rect) -> Rect {
    let visible = pane.intersect(place);
    let at = |point: Pos2| map.min + (point - place.min) / place.size() * map.size();
    Rect::from_min_max(at(visible.min), at(visible.max))
}

/// Handles and draws the map. `draw_photo` draws the photo into it.
pub fn navigator_ui(
    ui: &mut Ui,
    map: Rect,
    pane: Rect,
    place: Rect,
    draw_photo: impl FnOnce(&Painter),
) -> Option<Navigation> {
    let window = in_view(map, pane, place);
    let response = ui.interact(map, ui.scope_id().with("navigator"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text::NAVIGATOR));
    let share = |point: Pos2| (point - map.min) / map.size();
    let mut navigation = None;
    if response.drag_started_by(PointerButton::Primary) || response.clicked_by(PointerButton::Primary) {
        let pressed = ui.input(|input| input.pointer.press_origin()).or(response.interact_pointer_pos());
        // Grabbed elsewhere, it jumps to the pointer.
        navigation = pressed.filter(|at| !window.contains(*at)).map(|at| Navigation::Centre(share(at)));
    }
    if navigation.is_none() && response.dragged_by(PointerButton::Primary) {
        navigation = Some(Navigation::Centre(share(window.center() + response.drag_delta())));
    }

    let painter = ui.painter().clone();
    painter.rect_filled(map.expand(3.0), CornerRadius::same(3), theme::LABEL_FILL);
    draw_photo(&painter);
    for part in around(map, window) {
        painter.rect_filled(part, 0.0, Color32::from_black_alpha(130));
    }
    let edge = if response.hovered() || response.dragged() { 2.0 } else { 1.5 };
    painter.rect_stroke(window, 0.0, Stroke::new(edge + 1.5, theme::DIVIDER_EDGE), StrokeKind::Outside);
    painter.rect_stroke(window, 0.0, Stroke::new(edge, theme::DIVIDER), StrokeKind::Outside);
    response.on_hover_cursor(CursorIcon::Grab);

    let corner = Align2::RIGHT_TOP.align_size_within_rect(Vec2::splat(BUTTON), map.expand(3.0));
    let hide = ui.interact(corner, ui.scope_id().with("hide navigator"), Sense::click());
    hide.widget_info(|| WidgetInfo::labeled(Role::Button, true, text::HIDE_NAVIGATOR));
    let fill = if hide.hovered() || hide.has_focus() { Color32::from_black_alpha(230) } else { theme::LABEL_FILL };
    painter.rect_filled(corner, CornerRadius { nw: 0, ne: 3, sw: 3, se: 0 }, fill);
    widgets::draw_cross(&painter, Rect::from_center_size(corner.center(), Vec2::splat(13.0)), theme::LABEL_TEXT);
    if hide.on_hover_text(text::HIDE_NAVIGATOR).clicked() {
        navigation = Some(Navigation::Hide);
    }
    navigation
}

/// The parts of `whole` above, below, left and right of `inner`.
fn around(whole: Rect, inner: Rect) -> [Rect; 4] {
    [
        whole.with_max_y(inner.top()),
        whole.with_min_y(inner.bottom()),
        Rect::from_min_max(pos2(whole.left(), inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), pos2(whole.right(), inner.bottom())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Rect = Rect { min: pos2(10.0, 20.0), max: pos2(810.0, 620.0) };

    #[test]
    fn the_map_is_small_in_the_corner_and_has_the_photos_shape() {
        let place = Rect::from_center_size(CANVAS.center(), vec2(4000.0, 2000.0));
        let map = map_in(CANVAS, CANVAS, place).expect("only a part is in view");
        assert!(CANVAS.contains_rect(map) && map.width() <= LARGEST.x && map.height() <= LARGEST.y);
        assert!((map.aspect_ratio() - 2.0).abs() < 1e-3);
        let window = in_view(map, CANVAS, place);
        assert!(
            (window.width() / map.width() - 0.2).abs() < 1e-3 && (window.height() / map.height() - 0.3).abs() < 1e-3
        );
        assert_eq!(
            around(map, window).map(|part| part.area()).iter().sum::<f32>().round(),
            (map.area() - window.area()).round()
        );
    }

    #[test]
    fn there_is_none_when_all_is_in_view_or_there_is_no_room() {
        assert_eq!(map_in(CANVAS, CANVAS, CANVAS.shrink(24.0)), None);
        let small = Rect::from_min_size(CANVAS.min, vec2(200.0, 400.0));
        assert_eq!(map_in(small, small, small.expand(500.0)), None);
    }
}
