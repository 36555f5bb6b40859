//! The fast and the best network for noise.

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::{Harness, kittest::NodeT, kittest::Queryable};
use redawn::{engine::Model, restore::ModelChoice, window::RedawnApp};

use crate::support::desk::*;

fn choose(harness: &mut Harness<'_, RedawnApp>, choice: &str) {
    bring_into_view(harness, Role::ComboBox, "Network");
    harness.get_by_role_and_label(Role::ComboBox, "Network").click();
    settle(harness);
    harness.get_by_role_and_label(Role::Button, choice).click();
    settle(harness);
}

fn used(harness: &mut Harness<'_, RedawnApp>) -> Option<Model> {
    wait_restored(harness);
    harness.state().session().outcome().and_then(|outcome| outcome.model)
}

#[test]
fn the_networks_are_chosen_and_named() {
    let folder = folder();
    let mut harness = window(Duration::ZERO, FakeDialogs::default(), &[photo(&folder, "owl.png")]);
    wait_ready(&mut harness);
    harness.get_by_label("Medium, σ 25").click();
    settle(&mut harness);
    assert_eq!(used(&mut harness), Some(Model::Best));
    choose(&mut harness, "Fast");
    assert_eq!(harness.state().recipe().model, ModelChoice::Fast);
    assert_eq!(used(&mut harness), Some(Model::Fast));
    harness.get_by_label_contains("with the fast network");
    choose(&mut harness, "Auto");
    // The fake takes no time.
    assert_eq!(used(&mut harness), Some(Model::Best));
    wait(&mut harness, "what Auto means", |harness| {
        let shown = harness.get_by_role_and_label(Role::ComboBox, "Network").accesskit_node().value();
        shown.as_deref() == Some("Auto: best")
    });
}
