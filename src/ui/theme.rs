//! Colours, spacing and type, on a grid of 8 points.
//!
//! Surfaces are neutral grey, so that they do not tint the view of a photo; one accent colour.

use std::collections::BTreeMap;

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme,
    style::{HandleShape, Selection, WidgetVisuals, Widgets},
    vec2,
};

/// One step of the grid, in points.
pub const STEP: f32 = 8.0;
/// Height of the top and bottom bars, in points.
pub const BAR_HEIGHT: f32 = 48.0;
/// Height of buttons and fields, in points.
pub const CONTROL_HEIGHT: f32 = 32.0;
/// Rounding of buttons and fields, in points.
pub const ROUNDING: u8 = 6;
/// The text style of captions.
pub const CAPTION: TextStyle = TextStyle::Small;

/// The colours of one theme.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind the photo.
    pub canvas: Color32,
    /// Bars and panels.
    pub surface: Color32,
    /// Fields and buttons on a surface.
    pub raised: Color32,
    /// `raised` when hovered.
    pub raised_hover: Color32,
    /// Lines between surfaces.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Captions.
    pub text_quiet: Color32,
    /// The accent.
    pub accent: Color32,
    /// The accent when hovered.
    pub accent_hover: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The accent as a tint of a surface.
    pub accent_tint: Color32,
    /// Problems.
    pub problem: Color32,
}

const DARK: Palette = Palette {
    canvas: Color32::from_gray(24),
    surface: Color32::from_gray(36),
    raised: Color32::from_gray(52),
    raised_hover: Color32::from_gray(64),
    line: Color32::from_gray(48),
    text: Color32::from_gray(232),
    text_quiet: Color32::from_gray(164),
    accent: Color32::from_rgb(245, 158, 76),
    accent_hover: Color32::from_rgb(252, 177, 104),
    on_accent: Color32::from_gray(24),
    accent_tint: Color32::from_rgb(74, 56, 40),
    problem: Color32::from_rgb(240, 110, 98),
};

const LIGHT: Palette = Palette {
    canvas: Color32::from_gray(208),
    surface: Color32::from_gray(243),
    raised: Color32::from_gray(226),
    raised_hover: Color32::from_gray(214),
    line: Color32::from_gray(218),
    text: Color32::from_gray(28),
    text_quiet: Color32::from_gray(92),
    accent: Color32::from_rgb(184, 82, 12),
    accent_hover: Color32::from_rgb(160, 68, 6),
    on_accent: Color32::WHITE,
    accent_tint: Color32::from_rgb(246, 224, 204),
    problem: Color32::from_rgb(180, 40, 30),
};

/// The light and dark squares of the checkerboard under transparent pixels.
pub const CHECKER: [Color32; 2] = [Color32::from_gray(150), Color32::from_gray(106)];

/// Background of labels on the photo.
pub const LABEL_FILL: Color32 = Color32::from_black_alpha(160);
/// Text on [`LABEL_FILL`].
pub const LABEL_TEXT: Color32 = Color32::from_gray(240);
/// The divider on the photo.
pub const DIVIDER: Color32 = Color32::from_gray(250);
/// The arrows of the divider's handle.
pub const DIVIDER_ARROWS: Color32 = Color32::from_gray(40);
/// Edge of the divider, visible on white.
pub const DIVIDER_EDGE: Color32 = Color32::from_black_alpha(90);

/// The painted area.
pub const PAINTED: Color32 = Color32::from_rgba_premultiplied(110, 12, 12, 120);

/// Marks of scratches: told apart from sepia, grey and the painted area.
pub const MARKED: Color32 = Color32::from_rgba_premultiplied(0, 104, 124, 132);
/// Marks alone, and what is around them.
pub const MARKED_ALONE: [Color32; 2] = [Color32::WHITE, Color32::BLACK];

/// Viridis (Smith, van der Walt, 2015): perceptually uniform, readable for colour-blind users.
const NOISE: [Color32; 5] = [
    Color32::from_rgb(68, 1, 84),
    Color32::from_rgb(59, 82, 139),
    Color32::from_rgb(33, 145, 140),
    Color32::from_rgb(94, 201, 98),
    Color32::from_rgb(253, 231, 37),
];
/// Opacity of the noise map, 0–1.
pub const NOISE_MAP_OPACITY: f32 = 0.7;

/// Colour of a noise level, `share` of the way from the lowest to the highest, 0–1.
pub fn noise_colour(share: f32) -> Color32 {
    let place = share.clamp(0.0, 1.0) * (NOISE.len() - 1) as f32;
    let below = (place as usize).min(NOISE.len() - 2);
    NOISE[below].lerp_to_gamma(NOISE[below + 1], place - below as f32)
}

/// The current palette.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Installs both themes; egui selects one.
pub fn install(context: &Context) {
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        context.style_mut_of(theme, |style| apply(style, palette));
    }
}

fn apply(style: &mut Style, palette: &Palette) {
    style.text_styles = BTreeMap::from([
        (TextStyle::Heading, FontId::new(22.0, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Small, FontId::new(12.0, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]);
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(STEP, STEP);
    spacing.button_padding = vec2(1.5 * STEP, 0.75 * STEP);
    spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(STEP as i8);
    spacing.slider_rail_height = 4.0;
    spacing.icon_width = 18.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = STEP;
    spacing.tooltip_width = 280.0;
    // Visible where there is more to see.
    spacing.scroll.dormant_handle_opacity = 0.5;

    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.text_quiet);
    visuals.panel_fill = palette.surface;
    visuals.window_fill = palette.surface;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(ROUNDING + 2);
    visuals.menu_corner_radius = CornerRadius::same(ROUNDING + 2);
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(64) };
    visuals.extreme_bg_color = palette.raised;
    visuals.faint_bg_color = palette.raised;
    visuals.error_fg_color = palette.problem;
    visuals.hyperlink_color = palette.accent;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.selection = Selection { bg_fill: palette.accent, stroke: Stroke::new(1.5, palette.on_accent) };
    visuals.widgets = widgets(palette);
}

fn widgets(palette: &Palette) -> Widgets {
    let of = |fill: Color32, stroke: Stroke, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(ROUNDING),
        fg_stroke: Stroke::new(1.5, text),
        expansion: 0.0,
    };
    let focus = Stroke::new(1.5, palette.accent);
    Widgets {
        noninteractive: of(palette.surface, Stroke::new(1.0, palette.line), palette.text),
        inactive: of(palette.raised, Stroke::NONE, palette.text),
        hovered: of(palette.raised_hover, Stroke::NONE, palette.text),
        active: of(palette.raised_hover, focus, palette.text),
        open: of(palette.raised_hover, Stroke::NONE, palette.text),
    }
}

/// Spaces menu entries like buttons.
pub fn roomy_menu(ui: &mut egui::Ui) {
    ui.set_min_width(20.0 * STEP);
    ui.spacing_mut().button_padding = vec2(1.5 * STEP, 0.75 * STEP);
    ui.spacing_mut().item_spacing.y = STEP / 4.0;
}

/// The program's icon as a texture.
pub fn icon(context: &Context) -> Option<egui::TextureHandle> {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).ok()?;
    let size = [icon.width as usize, icon.height as usize];
    let image = egui::ColorImage::from_rgba_unmultiplied(size, &icon.rgba);
    // Halved first: drawn at a fraction of its size, it would alias.
    Some(context.load_texture("icon", halve(&image), egui::TextureOptions::LINEAR))
}

fn halve(image: &egui::ColorImage) -> egui::ColorImage {
    let [width, height] = image.size.map(|side| side / 2);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| image[(2 * x + dx, 2 * y + dy)].to_array());
            let [r, g, b, a] =
                [0, 1, 2, 3].map(|channel| (four.iter().map(|pixel| u32::from(pixel[channel])).sum::<u32>() / 4) as u8);
            pixels.push(Color32::from_rgba_premultiplied(r, g, b, a));
        }
    }
    egui::ColorImage::new([width, height], pixels)
}
