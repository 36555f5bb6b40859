//! Measured noise: amount, description and map. With the real workers and a fake network.

use std::{path::PathBuf, time::Duration};

use egui::{
    Key, Modifiers, Rect,
    accesskit::{Role, Toggled},
};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use redawn::{
    desktop::Store,
    engine::fake,
    restore::{AutoAmount, Noise, Recipe},
    window::RedawnApp,
};

use crate::support::desk::*;

const AMOUNT: &str = "Auto amount";
const MAP: &str = "Show noise map";

fn auto(percent: u8) -> Noise {
    Noise::Auto(AutoAmount::of(percent))
}

fn measured(noise: Measured, files: &[PathBuf]) -> Harness<'static, RedawnApp> {
    let network = fake::opener(Duration::ZERO);
    let mut harness = window_measuring(noise, network, FakeDialogs::default(), files, None);
    wait_ready(&mut harness);
    settle(&mut harness);
    harness
}

fn noise(harness: &Harness<'_, RedawnApp>) -> Noise {
    harness.state().recipe().noise
}

/// Value of a slider or field.
fn value(harness: &Harness<'_, RedawnApp>, role: Role, name: &str) -> f64 {
    let node = harness.get_by_role_and_label(role, name);
    node.accesskit_node().numeric_value().expect("a number")
}

fn is_off(harness: &Harness<'_, RedawnApp>, role: Role, name: &str) -> bool {
    harness.get_by_role_and_label(role, name).accesskit_node().is_disabled()
}

fn is_checked(harness: &Harness<'_, RedawnApp>) -> bool {
    harness.get_by_role_and_label(Role::CheckBox, MAP).accesskit_node().toggled() == Some(Toggled::True)
}

fn has_legend(harness: &Harness<'_, RedawnApp>) -> bool {
    harness.query_by_label_contains("Noise from σ").or(harness.query_by_label_contains("Noise σ")).is_some()
}

#[test]
fn the_amount_is_changed_by_keys_undone_and_reset() {
    let folder = folder();
    let mut harness = measured(|_| [10.0, 0.0], &[photo(&folder, "owl.png")]);
    assert_eq!(noise(&harness), Noise::AUTO, "drawing the controls changes nothing");
    assert_eq!(value(&harness, Role::Slider, AMOUNT), 100.0);
    assert_eq!(value(&harness, Role::Slider, "Noise level"), 10.0, "the level removed");
    harness.get_by_role_and_label(Role::Slider, AMOUNT).focus();
    settle(&mut harness);
    for _ in 0..10 {
        press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    }
    assert_eq!(noise(&harness), auto(110));
    assert_eq!(value(&harness, Role::Slider, "Noise level"), 11.0);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(noise(&harness), Noise::AUTO, "ten quick keys are one undo step");
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    assert_eq!(noise(&harness), auto(110));
    // Set by a screen reader, clamped to its range.
    for (wanted, got) in [(150.0, 150), (900.0, 200), (0.0, 50)] {
        harness.get_by_role_and_label(Role::Slider, AMOUNT).set_value_accesskit(wanted);
        settle(&mut harness);
        assert_eq!(noise(&harness), auto(got));
    }
    // Selecting Auto again keeps the amount; a double click resets it.
    click(&mut harness, "Auto");
    assert_eq!(noise(&harness), auto(50));
    let rail = harness.get_by_role_and_label(Role::Slider, AMOUNT).rect();
    double_click(&mut harness, rail);
    assert_eq!(noise(&harness), Noise::AUTO);
    assert_eq!(harness.state().recipe(), Recipe::default());
}

fn double_click(harness: &mut Harness<'_, RedawnApp>, on: Rect) {
    let (pos, modifiers) = (on.center(), Modifiers::NONE);
    // An earlier click would count as a triple click.
    harness.run_steps(30);
    harness.hover_at(pos);
    harness.step();
    for pressed in [true, false, true, false] {
        harness.event(egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers });
        harness.step();
    }
    settle(harness);
}

#[test]
fn a_manual_level_has_no_amount() {
    let folder = folder();
    let mut harness = measured(|_| [10.0, 0.0], &[photo(&folder, "owl.png")]);
    click(&mut harness, "Medium, σ 25");
    assert!(is_off(&harness, Role::Slider, AMOUNT) && is_off(&harness, Role::Slider, "Auto amount value"));
    let rail = harness.get_by_role_and_label(Role::Slider, AMOUNT).rect();
    double_click(&mut harness, rail);
    assert_eq!(noise(&harness), Noise::Sigma(25.0), "a disabled slider changes nothing");
    click(&mut harness, "Auto");
    assert!(!is_off(&harness, Role::Slider, AMOUNT));
    harness.get_by_role_and_label(Role::Slider, AMOUNT).set_value_accesskit(150.0);
    settle(&mut harness);
    harness.get_by_role_and_label(Role::Slider, "Noise level").focus();
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(noise(&harness), Noise::Sigma(16.0), "150 % of 10, one up");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(noise(&harness), auto(150));
}

#[test]
fn the_amount_is_stored_in_presets_and_settings_and_applied_to_all() {
    let folder = folder();
    let files = ["owl.png", "wren.png"].map(|name| photo(&folder, name));
    let store = || Some(Store::at(folder.path().join("settings of redawn")));
    let network = || fake::opener(Duration::ZERO);
    let mut harness = window_measuring(|_| [10.0, 0.0], network(), FakeDialogs::default(), &files, store());
    wait_ready(&mut harness);
    harness.get_by_role_and_label(Role::Slider, AMOUNT).set_value_accesskit(150.0);
    settle(&mut harness);
    click(&mut harness, "Queue options");
    click(&mut harness, "Apply settings to all");
    let noises: Vec<_> = harness.state().queue().items().iter().map(|item| item.recipe.noise).collect();
    assert_eq!(noises, [auto(150); 2]);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_role_and_label(Role::ComboBox, "Preset").click();
    settle(&mut harness);
    harness.get_by_label("New preset name").focus();
    settle(&mut harness);
    harness.get_by_label("New preset name").type_text("Grandma");
    settle(&mut harness);
    click(&mut harness, "Save preset…");
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    let harness = window_measuring(|_| [10.0, 0.0], network(), FakeDialogs::default(), &[], store());
    assert_eq!(noise(&harness), auto(150), "before the first frame");
    assert_eq!(harness.state().settings().presets[0].recipe.noise, auto(150));
}

#[test]
fn the_measured_noise_is_described() {
    let folder = folder();
    let file = [photo(&folder, "owl.png")];
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    harness.get_by_label("Noise is measured when a photo is opened");
    let cases: [(Measured, &str); 3] = [
        (|_| [6.0, 0.0], "Measured: σ 6"),
        (|_| [1.0, 0.0], "Measured: clean"),
        (|_| [2.0, 6.0], "Measured: σ 6, mostly colour"),
    ];
    for (noise, words) in cases {
        let harness = measured(noise, &file);
        let label = harness.get_by_label_contains("Measured: ").accesskit_node().value();
        assert_eq!(label.as_deref(), Some(words));
    }
    let harness = measured(|brightness| [26.0 - 40.0 * brightness, 0.0], &file);
    let label = harness.get_by_label_contains("Measured: ").accesskit_node().value().unwrap_or_default();
    let without_numbers = label.replace(|letter: char| letter.is_ascii_digit(), "");
    assert_eq!(without_numbers, "Measured: σ , shadows , highlights ", "{label}");
}

#[test]
fn the_map_is_toggled_by_button_and_key_and_hidden_for_another_photo() {
    let folder = folder();
    let files = ["owl.png", "wren.png"].map(|name| photo(&folder, name));
    let mut harness = measured(|brightness| [20.0 - 30.0 * brightness, 0.0], &files);
    assert!(!is_checked(&harness) && !has_legend(&harness), "hidden at first");
    let undo = |harness: &Harness<'_, RedawnApp>| !harness.get_by_label_contains("Undo").accesskit_node().is_disabled();
    let before = (harness.state().recipe(), undo(&harness));
    click(&mut harness, MAP);
    assert!(is_checked(&harness) && has_legend(&harness));
    harness.get_by_label_contains("Noise from σ");
    press(&mut harness, Modifiers::NONE, Key::N);
    assert!(!is_checked(&harness) && !has_legend(&harness));
    press(&mut harness, Modifiers::NONE, Key::N);
    assert!(is_checked(&harness) && has_legend(&harness));
    assert_eq!((harness.state().recipe(), undo(&harness)), before, "viewing it changes nothing");

    // Over the result too.
    wait_restored(&mut harness);
    assert!(is_checked(&harness) && has_legend(&harness));

    press(&mut harness, Modifiers::NONE, Key::PageDown);
    wait(&mut harness, "the other photo", |harness| harness.query_by_label("Photo: wren.png").is_some());
    settle(&mut harness);
    assert!(!is_checked(&harness) && !has_legend(&harness));
}

#[test]
fn no_photo_and_a_clean_photo_have_no_map() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[]);
    settle(&mut harness);
    assert!(is_off(&harness, Role::CheckBox, MAP));
    for (noise, off) in [((|_| [1.0, 0.0]) as Measured, true), (|_| [9.0, 0.0], false)] {
        let mut harness = measured(noise, &[photo(&folder, "owl.png")]);
        assert_eq!(is_off(&harness, Role::CheckBox, MAP), off);
        press(&mut harness, Modifiers::NONE, Key::N);
        assert_eq!((is_checked(&harness), has_legend(&harness)), (!off, !off));
        assert!(harness.state().session().source().is_some());
    }
}
