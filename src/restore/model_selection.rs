//! Selects between the fast and the best networks, by the time a photo takes.

use super::{
    Buffering, NoFollower, Order, RestoreError, Throughput, forecast::seconds_of_steps, pipeline::Pipeline, runner::Runner,
};
use crate::engine::{Model, RestorerFactory};

/// Longest time that [`ModelChoice::Auto`](super::ModelChoice::Auto) uses the best networks for, in seconds per photo, its
/// repair aside.
pub const LONGEST: f64 = 10.0;

/// Decides [`ModelChoice::Auto`](super::ModelChoice::Auto). The speeds of the networks are measured once, and a repair does
/// not count (its time depends on what is found), so that the same photo always gets the same networks.
#[derive(Default)]
pub struct ModelSelection {
    throughput: Throughput,
}

impl ModelSelection {
    /// The networks for an order: those of its recipe, or by the time it takes.
    ///
    /// # Errors
    /// When no device works, or there is too little memory.
    pub fn select(&mut self, order: &Order, open: &mut RestorerFactory) -> Result<Model, RestoreError> {
        if let Some(given) = order.recipe.model.given() {
            return Ok(given);
        }
        // On screen and into a file the same.
        let order = Order { model: Model::Best, watched: false, ..order.clone() };
        let mut follower = NoFollower;
        let mut pipeline = Pipeline::begin(&order, Runner::new(&order, open, &mut follower))?;
        if !pipeline.plan.has_fast() {
            return Ok(Model::Best);
        }
        let (schedule, _) = pipeline.schedule(Buffering::Bands)?;
        let seconds = seconds_of_steps(&order, &mut pipeline, &schedule, &mut self.throughput)?;
        Ok(if seconds <= LONGEST { Model::Best } else { Model::Fast })
    }
}
