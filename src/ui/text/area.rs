//! Where the restoration is applied.

use crate::restore::Area;

pub const WHERE: &str = "Where";
pub const WHERE_HINT: &str = "Where the strength applies: paint an area to restore, or one to leave as it is (B).";
pub const BRUSH: &str = "Brush";
pub const BRUSH_HINT: &str = "Paint the area (B)";
pub const ERASER: &str = "Eraser";
pub const ERASER_HINT: &str = "Erase from the area; with the brush, use the right button or Alt";
pub const SHOW: &str = "Show";
pub const SHOW_PAINTED: &str = "Show painted area";
pub const SHOW_PAINTED_HINT: &str = "Show the painted area in red while painting (O)";
pub const CLEAR: &str = "Clear";
pub const CLEAR_PAINTED: &str = "Clear painted area";
pub const BRUSH_SIZE: &str = "Brush size";
pub const BRUSH_SIZE_HINT: &str = "Diameter on the screen ([ and ]). Zoom in to paint finer.";
pub const FEATHER: &str = "Feather";
pub const FEATHER_HINT: &str = "How soft the edge of the next stroke is (Shift with [ and ])";
pub const ELSEWHERE: &str = "Strength elsewhere";
pub const ELSEWHERE_HINT: &str = "Strength outside that area. 0 % leaves the original there.";
pub const BRUSH_HELP: &str = "Drag to paint, right button or Alt to erase, Shift for a straight line.";
pub const BRUSH_OFF: &str = "Press B to paint.";
pub const NOTHING_PAINTED: &str = "Nothing is painted yet.";
pub const PAINTED_AREA: &str = "Painted area";
pub const APPLY_PAINTED_TO_ALL: &str = "Apply painted area to photos of this size";

pub fn area(area: Area) -> &'static str {
    match area {
        Area::Everywhere => "Everywhere",
        Area::Painted => PAINTED_AREA,
        Area::Unpainted => "Except painted area",
    }
}
