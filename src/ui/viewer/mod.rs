//! The photo on screen: before and after in tiles, panned and zoomed together.

pub mod area_overlay;
pub mod brush;
pub mod canvas;
pub mod checker;
pub mod compare;
pub mod compare_switch;
pub mod divider;
pub mod gain;
pub mod live_tiles;
pub mod navigator;
pub mod noise_map;
pub mod pyramid;
pub mod source;
pub mod texels;
pub mod texture_painter;
pub mod view;
pub mod zoom;
