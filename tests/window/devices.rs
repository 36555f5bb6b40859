//! Devices: their speeds, and failures.

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    engine::{DeviceChoice, EngineError, fake},
    window::RedawnApp,
};

use crate::support::desk::*;

fn device(harness: &Harness<'_, RedawnApp>) -> Option<String> {
    harness.get_by_role_and_label(Role::ComboBox, "Device").value()
}

fn open_list(harness: &mut Harness<'_, RedawnApp>) {
    settle(harness);
    bring_into_view(harness, Role::ComboBox, "Device");
    harness.get_by_role_and_label(Role::ComboBox, "Device").click();
}

#[test]
fn devices_are_listed_with_speeds_and_selected_without_a_restart() {
    let mut harness = window(Duration::from_micros(100), FakeDialogs::default(), &[]);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("MP/s").is_none(), "not measured before the list is opened");
    open_list(&mut harness);
    wait(&mut harness, "the speed", |harness| harness.query_by_label_contains("MP/s").is_some());
    harness.get_by_label_contains("Painted GPU · ").click();
    settle(&mut harness);
    assert_eq!(device(&harness).as_deref(), Some("Painted GPU"));
}

#[test]
fn an_unusable_device_is_marked() {
    let broken = fake::opener_with(Duration::ZERO, || {
        Box::new(|_| Err(EngineError::Device { device: "Painted GPU".into(), reason: "it is painted".into() }))
    });
    let mut harness = window_on(broken, FakeDialogs::default(), &[], None);
    open_list(&mut harness);
    wait(&mut harness, "the verdict", |harness| harness.query_by_label("Painted GPU · can't be used").is_some());
}

#[test]
fn a_failing_device_is_reported_with_a_button_to_always_use_the_cpu() {
    let folder = folder();
    // Networks on any device but the CPU fail at their second tile.
    let mut good = fake::opener(Duration::ZERO);
    let mut bad = fake::opener_with(Duration::ZERO, || {
        Box::new(|tile| match tile {
            0 => Ok(()),
            _ => Err(EngineError::Device { device: "Painted GPU".into(), reason: "the paint came off".into() }),
        })
    });
    let network = Box::new(move |choice: &DeviceChoice, tile, task, preparing: &mut dyn FnMut()| match choice {
        DeviceChoice::Cpu => good(choice, tile, task, preparing),
        _ => bad(choice, tile, task, preparing),
    });
    let mut harness = window_on(network, FakeDialogs::default(), &[photo(&folder, "owl.png")], None);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    wait_restored(&mut harness);
    assert!(harness.query_all_by_label_contains("the paint came off").count() > 0);
    assert_eq!(device(&harness).as_deref(), Some("Automatic"), "the selection changes only on request");
    harness.get_by_label("Always use CPU").click();
    wait(&mut harness, "the notice to go", |harness| {
        harness.query_all_by_label_contains("the paint came off").count() == 0
    });
    assert_eq!(device(&harness).as_deref(), Some("CPU"));
}
