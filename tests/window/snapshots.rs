//! Snapshots of parts of the window in both themes, against unintended changes of colours, fonts and spacing.
//! `UPDATE_SNAPSHOTS=1` redraws them; view each before committing it.
//!
//! Needs a graphics adapter, if only a software one; without one the test is skipped.

use std::time::Duration;

use egui::{Rect, Theme};
use egui_kittest::{Harness, SnapshotOptions, kittest::Queryable, try_image_snapshot_options};
use redawn::window::RedawnApp;

use crate::support::{desk::*, drawing};

/// Tolerances: adapters antialias text differently.
fn options() -> SnapshotOptions {
    SnapshotOptions::new().threshold(1.5).max_failed_pixels(40)
}

/// The part of the window with these controls, and a margin.
fn piece(harness: &mut Harness<'_, RedawnApp>, controls: &[&str]) -> Option<image::RgbaImage> {
    let place = |control: &&str| harness.get_by_label(control).rect();
    let area = controls.iter().map(place).fold(Rect::NOTHING, Rect::union).expand(12.0);
    let screen = drawing::picture(harness)?;
    let (left, top) = (area.left().max(0.0) as u32, area.top().max(0.0) as u32);
    let width = (area.width() as u32).min(screen.width() - left);
    let height = (area.height() as u32).min(screen.height() - top);
    Some(image::imageops::crop_imm(&screen, left, top, width, height).to_image())
}

#[test]
fn controls_match_their_snapshots() {
    let folder = folder();
    let mut wrong = Vec::new();
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
        harness.ctx.set_theme(theme);
        wait_ready(&mut harness);
        harness.get_by_label("Medium, σ 25").click();
        settle(&mut harness);
        wait_restored(&mut harness);
        // Away from the controls, which look different when hovered.
        harness.hover_at(egui::pos2(300.0, 400.0));
        harness.run_steps(20);
        let pieces: [(&str, &[&str]); 3] = [
            ("top", &["Open…", "Save", "Save as…"]),
            ("noise", &["None, σ 0", "Medium, σ 25", "Very strong, σ 70"]),
            ("size", &["1×", "4×"]),
        ];
        for (piece_name, controls) in pieces {
            let Some(piece) = piece(&mut harness, controls) else { return };
            let result = try_image_snapshot_options(&piece, format!("{piece_name}-{name}"), &options());
            wrong.extend(result.err().map(|error| error.to_string()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
