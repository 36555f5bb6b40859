//! Selects between the fast and the best networks, by the time a photo takes.

use std::collections::HashMap;

use super::{
    Buffering, Follower, Order, RestoreError, Throughput, api::PreparationFollower, forecast::seconds_of_steps,
    pipeline::Pipeline, plan::RestorePlan, runner::Runner,
};
use crate::{
    engine::{DeviceChoice, Model, RestorerFactory, Task, TileChoice},
    pixels::Size,
};

/// [`ModelChoice::Auto`](super::ModelChoice::Auto) uses the best networks for photos that take at most this time with them, in
/// seconds, without a repair.
pub const MAX_SECONDS_WITH_BEST: f64 = 10.0;

/// Decides [`ModelChoice::Auto`](super::ModelChoice::Auto). A decision stays, so that a photo is saved as it was shown.
#[derive(Default)]
pub struct ModelSelection {
    decided: HashMap<Work, Model>,
}

/// What the time of an order depends on. A repair does not count: its time depends on what is found.
#[derive(PartialEq, Eq, Hash)]
struct Work {
    tasks: Vec<Task>,
    photo: Size,
    enlarged: Size,
    result: Size,
    device: DeviceChoice,
    tile: TileChoice,
    best: bool,
}

impl ModelSelection {
    /// The networks for an order: those of its recipe, or by the time it takes. The best ones if that can't be measured: the
    /// restoration itself reports why. `follower` is told if a GPU has to be prepared.
    pub fn select(
        &mut self,
        order: &Order,
        open: &mut RestorerFactory,
        throughput: &mut Throughput,
        follower: &mut dyn Follower,
    ) -> Model {
        if let Some(given) = order.recipe.model.given() {
            return given;
        }
        let plan = RestorePlan::new(order);
        if !plan.has_fast() {
            return Model::Best;
        }
        let work = Work {
            tasks: plan.steps.iter().map(|step| step.task).collect(),
            photo: plan.photo,
            enlarged: plan.enlarged,
            result: plan.size,
            device: order.device.clone(),
            tile: order.tile,
            best: order.recipe.best,
        };
        if let Some(model) = self.decided.get(&work) {
            return *model;
        }
        let Ok(seconds) = seconds_with_best(order, open, throughput, follower) else { return Model::Best };
        let model = if seconds <= MAX_SECONDS_WITH_BEST { Model::Best } else { Model::Fast };
        self.decided.insert(work, model);
        model
    }
}

fn seconds_with_best(
    order: &Order,
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
    follower: &mut dyn Follower,
) -> Result<f64, RestoreError> {
    // On screen and into a file the same.
    let order = Order { model: Model::Best, watched: false, ..order.clone() };
    let mut follower = PreparationFollower(follower);
    let mut pipeline = Pipeline::begin(&order, Runner::new(&order, open, &mut follower))?;
    let (schedule, _) = pipeline.schedule(Buffering::Bands)?;
    seconds_of_steps(&order, &mut pipeline, &schedule, throughput)
}
