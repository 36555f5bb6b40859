//! A result in memory, computed block by block: the visible ones first, and the others at once, later, or never.

use std::time::Duration;

use super::{
    Buffering, Follower, Order, Outcome, RestoreError, Throughput,
    coverage::{Coverage, Scope},
    pipeline::Pipeline,
    repair::RepairedPhoto,
    runner::{Runner, focus_in},
};
use crate::{
    engine::{Model, RestorerFactory},
    imaging::Photo,
    pixels::Rect,
};

/// A result of which blocks may be missing. There, it holds the photo, or nothing if it is enlarged.
#[derive(Debug)]
pub struct PartialResult {
    photo: Box<Photo>,
    /// The networks of its blocks.
    model: Model,
    finished: Coverage,
    spent: Duration,
}

impl PartialResult {
    /// Whether this part of the result, in its px, is finished.
    pub fn contains(&self, rect: Rect) -> bool {
        self.finished.contains(rect)
    }

    /// The result if it is complete.
    ///
    /// # Errors
    /// Returns itself if it is not.
    pub fn complete(self) -> Result<Photo, Self> {
        if self.finished.is_complete() { Ok(*self.photo) } else { Err(self) }
    }
}

/// Restores blocks of a photo into `partial`, which must stem from the same order; none to start with. It keeps what
/// was finished when this fails or is cancelled. `throughput` learns the speed of the networks. `repaired`: the photo of an
/// earlier order, which is reused if it fits, and then this one's.
///
/// # Errors
/// When it is cancelled, the result does not fit in memory, or no device works.
pub fn restore_blocks(
    order: &Order,
    partial: &mut Option<PartialResult>,
    scope: Scope,
    open: &mut RestorerFactory,
    throughput: &mut Throughput,
    repaired: &mut Option<RepairedPhoto>,
    follower: &mut dyn Follower,
) -> Result<Outcome, RestoreError> {
    let mut pipeline = Pipeline::begin(order, Runner::new(order, open, follower))?;
    let size = pipeline.plan.size;
    // On another device, others may have been selected.
    partial.take_if(|partial| pipeline.plan.has_fast() && partial.model != order.model);
    if partial.is_none() {
        pipeline.parts(Buffering::Whole)?;
    }
    let PartialResult { photo, finished, spent, .. } = partial.get_or_insert_with(|| {
        let (pixels, metadata) = (pipeline.canvas(size.rect()), pipeline.plan.head(order).metadata);
        let photo = Photo { pixels, format: order.photo.format, metadata };
        PartialResult {
            photo: Box::new(photo),
            model: order.model,
            finished: Coverage::new(size),
            spent: Duration::ZERO,
        }
    });
    if let Err(error) = pipeline.repair(repaired, &finished.missing(None, scope)) {
        *spent += pipeline.end().duration;
        return Err(error);
    }
    let mut view = None;
    let mut missing = Vec::new().into_iter();
    loop {
        let focus = focus_in(order, pipeline.runner.follower, size);
        if view != Some(focus) {
            (view, missing) = (Some(focus), finished.missing(focus, scope).into_iter());
        }
        let Some(block) = missing.next() else { break };
        pipeline.set_remaining(&[&[block], missing.as_slice()].concat());
        let done = pipeline.restore(block, &mut photo.pixels, (0, 0));
        if let Err(error) = done {
            *spent += pipeline.end().duration;
            return Err(error);
        }
        finished.finish(block);
    }
    throughput.learn(pipeline.runner.measurements());
    let mut outcome = pipeline.end();
    *spent += outcome.duration;
    outcome.duration = *spent;
    Ok(outcome)
}
