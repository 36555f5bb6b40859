//! Row pipeline: a picture goes through all layers a few rows at a time, so that nothing is computed twice and the
//! memory does not depend on its height.
//!
//! A layer needs one input row below its output rows, so each lags one row behind the layer before it. In step `t`
//! layer `l` computes the picture's rows from `t · height − l` on. In its own numbering these are its rows from
//! `t · height` on; they depend on the rows `t · height − 2` to `(t + 1) · height − 1` of the layer before, in that
//! layer's numbering.

use std::ops::Range;

use super::{activation::Activation, transform::OUTPUTS};
use crate::pixels::Size;

/// Input rows that a step needs from the step before.
const OVERLAP: usize = 2;

/// Sizes and skip connections of the layers.
#[derive(Debug)]
pub struct LayerPlan {
    /// Features of the picture, and of each layer's output.
    pub features: Vec<usize>,
    /// For each of these, the earlier output it is added to (and stored over), if any.
    pub added_to: Vec<Option<usize>>,
}

/// Where an output is stored: in which activation, and the offset of its row numbers there.
#[derive(Debug, Clone, Copy)]
struct Slot {
    activation: usize,
    shift: usize,
}

/// The feature maps of all layers, for pictures of one size.
#[derive(Debug)]
pub struct RowPipeline {
    size: Size,
    /// Rows of pieces per step.
    rows_of_pieces: usize,
    activations: Vec<Activation>,
    /// Of the picture (0), and of each layer's output (from 1).
    slots: Vec<Slot>,
}

impl RowPipeline {
    /// Allocates the feature maps for pictures of `size`, in steps of `rows_of_pieces` rows of pieces.
    pub fn new(plan: &LayerPlan, size: Size, rows_of_pieces: usize) -> Self {
        let rows = Self::rows(plan, rows_of_pieces);
        let mut pipeline = Self { size, rows_of_pieces, activations: Vec::new(), slots: Vec::new() };
        for (index, features) in plan.features.iter().enumerate() {
            let slot = match plan.added_to[index] {
                // As many rows behind as there are layers between, without negative row numbers.
                Some(before) => {
                    let Slot { activation, .. } = pipeline.slots[before];
                    Slot { activation, shift: rows[before] - (index - before) }
                }
                None => {
                    pipeline.activations.push(Activation::zeros(rows[index], size.width, *features));
                    Slot { activation: pipeline.activations.len() - 1, shift: 0 }
                }
            };
            pipeline.slots.push(slot);
        }
        pipeline
    }

    /// Memory that [`RowPipeline::new`] allocates, in bytes.
    pub fn bytes(plan: &LayerPlan, width: usize, rows_of_pieces: usize) -> usize {
        let rows = Self::rows(plan, rows_of_pieces);
        let stored = (0..rows.len()).filter(|index| plan.added_to[*index].is_none());
        stored.map(|index| Activation::len(rows[index], width, plan.features[index])).sum::<usize>() * size_of::<f32>()
    }

    /// Rows to store of each output: those of a step, the overlap, and the lag of the layer that is added to it.
    fn rows(plan: &LayerPlan, rows_of_pieces: usize) -> Vec<usize> {
        let mut rows = vec![rows_of_pieces * OUTPUTS + OVERLAP; plan.features.len()];
        for (index, before) in plan.added_to.iter().enumerate() {
            if let Some(before) = before {
                rows[*before] += index - before;
            }
        }
        rows
    }

    /// Whether it was allocated for this size and step.
    pub fn is_for(&self, size: Size, rows_of_pieces: usize) -> bool {
        self.size == size && self.rows_of_pieces == rows_of_pieces
    }

    /// Rows of pieces per step.
    pub fn rows_of_pieces(&self) -> usize {
        self.rows_of_pieces
    }

    /// Rows per step.
    fn height(&self) -> usize {
        self.rows_of_pieces * OUTPUTS
    }

    /// Maximum number of picture rows between the input of a step and the output.
    pub fn rows_in_flight(&self) -> usize {
        OVERLAP + 2 * self.height() + self.slots.len()
    }

    /// Number of steps until the last layer has computed the last row.
    pub fn steps(&self) -> usize {
        let lag = self.slots.len() - 2;
        (self.size.height + lag).div_ceil(self.height())
    }

    /// Clears the rows above the picture.
    pub fn begin(&mut self) {
        for Slot { activation, shift } in self.slots.clone() {
            self.activations[activation].clear(shift..shift + OVERLAP);
        }
    }

    /// The picture's features, and the rows to write in this step, in their own numbering (the picture's row plus 1). The
    /// first step has one row more.
    pub fn picture(&mut self, step: usize) -> (&mut Activation, Range<usize>) {
        let rows = self.input_rows(step);
        (&mut self.activations[0], rows)
    }

    fn input_rows(&self, step: usize) -> Range<usize> {
        let from = step * self.height() + OVERLAP;
        let first = if step == 0 { from - 1 } else { from };
        first..from + self.height()
    }

    /// The picture's rows that a step reads; none after the last row.
    pub fn rows_to_read(&self, step: usize) -> Range<usize> {
        let rows = self.input_rows(step);
        (rows.start - 1).min(self.size.height)..(rows.end - 1).min(self.size.height)
    }

    /// For a layer in a step: its input and the first input row, its output and the first output row.
    pub fn layer(&mut self, step: usize, layer: usize) -> (&Activation, usize, &mut Activation, usize) {
        let (from, to) = (self.slots[layer], self.slots[layer + 1]);
        let row = step * self.height();
        match self.activations.get_disjoint_mut([from.activation, to.activation]) {
            Ok([input, output]) => (input, row + from.shift, output, row + to.shift + OVERLAP),
            Err(_) => unreachable!("a layer never writes to its own input"),
        }
    }

    /// Which of the [`OUTPUTS`] rows of a layer from `row` on (in its own numbering) are inside the picture.
    pub fn inside(height: usize, row: usize, layer: usize) -> Range<usize> {
        let end = (height + layer).saturating_sub(row).min(OUTPUTS);
        layer.saturating_sub(row).min(end)..end
    }

    /// The last layer's output, its first row that is new in this step, and the picture's rows that are new.
    pub fn output(&self, step: usize) -> (&Activation, usize, Range<usize>) {
        let lag = self.slots.len() - 2;
        let Slot { activation, shift } = self.slots[lag + 1];
        let row = step * self.height();
        let start = row.saturating_sub(lag).min(self.size.height);
        let end = (row + self.height()).saturating_sub(lag).min(self.size.height);
        (&self.activations[activation], start + lag + shift + OVERLAP, start..end)
    }
}
