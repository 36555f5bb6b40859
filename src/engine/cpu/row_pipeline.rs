//! The feature maps of all layers on their way: a picture goes through all layers a few rows at a time, so
//! that none of it is computed twice and the memory does not grow with its height.
//!
//! A layer needs one row below those it answers: so each runs a row behind the one before it. In step `t`
//! layer `l` answers the rows from `t · height − l` on. Counted by the layer itself, its rows from `t · height`
//! on look at those from `t · height − 2` to `(t + 1) · height − 1` of the layer before, counted by that one.

use std::ops::Range;

use super::{activation::Activation, transform::OUTPUTS};
use crate::pixels::Size;

/// Rows that a step finds of the one before.
const BEFORE: usize = 2;

/// How the layers hang together.
#[derive(Debug)]
pub struct LayerPlan {
    /// Features of the picture, and of each layer's answer.
    pub features: Vec<usize>,
    /// Of the same: whose place the answer takes, to be added to what is there.
    pub added_to: Vec<Option<usize>>,
}

/// Where an answer lies: in which activation, and how much further its rows are counted there.
#[derive(Debug, Clone, Copy)]
struct Slot {
    activation: usize,
    shift: usize,
}

/// The feature maps of all layers, for pictures of one size.
#[derive(Debug)]
pub struct RowPipeline {
    size: Size,
    /// Rows of pieces in a step.
    rows_of_pieces: usize,
    activations: Vec<Activation>,
    /// Of the picture (0), and of each layer's answer (counted from 1).
    places: Vec<Slot>,
}

impl RowPipeline {
    /// For pictures of `size`, in steps of that many rows of pieces.
    pub fn new(plan: &LayerPlan, size: Size, rows_of_pieces: usize) -> Self {
        let rows = Self::rows(plan, rows_of_pieces);
        let mut line = Self { size, rows_of_pieces, activations: Vec::new(), places: Vec::new() };
        for (index, features) in plan.features.iter().enumerate() {
            let place = match plan.added_to[index] {
                // That many rows behind, and yet not before the first one.
                Some(before) => {
                    let Slot { activation, .. } = line.places[before];
                    Slot { activation, shift: rows[before] - (index - before) }
                }
                None => {
                    line.activations.push(Activation::zeros(rows[index], size.width, *features));
                    Slot { activation: line.activations.len() - 1, shift: 0 }
                }
            };
            line.places.push(place);
        }
        line
    }

    /// Bytes that [`RowPipeline::new`] would take.
    pub fn bytes(plan: &LayerPlan, width: usize, rows_of_pieces: usize) -> usize {
        let rows = Self::rows(plan, rows_of_pieces);
        let of_its_own = (0..rows.len()).filter(|index| plan.added_to[*index].is_none());
        of_its_own.map(|index| Activation::len(rows[index], width, plan.features[index])).sum::<usize>()
            * size_of::<f32>()
    }

    /// Rows that each answer needs: those of a step, those before, and what the layer that is added to it lags behind.
    fn rows(plan: &LayerPlan, rows_of_pieces: usize) -> Vec<usize> {
        let mut rows = vec![rows_of_pieces * OUTPUTS + BEFORE; plan.features.len()];
        for (index, before) in plan.added_to.iter().enumerate() {
            if let Some(before) = before {
                rows[*before] += index - before;
            }
        }
        rows
    }

    /// Whether it is for such pictures, in such steps.
    pub fn is_for(&self, size: Size, rows_of_pieces: usize) -> bool {
        self.size == size && self.rows_of_pieces == rows_of_pieces
    }

    /// Rows of pieces in a step.
    pub fn rows_of_pieces(&self) -> usize {
        self.rows_of_pieces
    }

    /// Rows in a step.
    fn height(&self) -> usize {
        self.rows_of_pieces * OUTPUTS
    }

    /// Rows of the picture, at most, of which the answer is not there yet, and those of a step.
    pub fn rows_under_way(&self) -> usize {
        BEFORE + 2 * self.height() + self.places.len()
    }

    /// Steps until the last layer has answered the last row.
    pub fn steps(&self) -> usize {
        let behind = self.places.len() - 2;
        (self.size.height + behind).div_ceil(self.height())
    }

    /// Makes what is above the picture zeros, whatever is there from the last one.
    pub fn begin(&mut self) {
        for Slot { activation, shift } in self.places.clone() {
            self.activations[activation].clear(shift..shift + BEFORE);
        }
    }

    /// The picture to write into, and its rows of this step: by its own count, and how much less the
    /// picture's row is. The first step begins with the first row, the others a row behind it.
    pub fn picture(&mut self, step: usize) -> (&mut Activation, Range<usize>) {
        let rows = self.taken_in(step);
        (&mut self.activations[0], rows)
    }

    fn taken_in(&self, step: usize) -> Range<usize> {
        let from = step * self.height() + BEFORE;
        let first = if step == 0 { from - 1 } else { from };
        first..from + self.height()
    }

    /// The picture's rows that a step takes in: none once it has all.
    pub fn wanted(&self, step: usize) -> Range<usize> {
        let rows = self.taken_in(step);
        (rows.start - 1).min(self.size.height)..(rows.end - 1).min(self.size.height)
    }

    /// Of a layer: its input, where its answer's rows of this step begin, and the answer to write into.
    pub fn layer(&mut self, step: usize, layer: usize) -> (&Activation, usize, &mut Activation, usize) {
        let (from, to) = (self.places[layer], self.places[layer + 1]);
        let row = step * self.height();
        match self.activations.get_disjoint_mut([from.activation, to.activation]) {
            Ok([input, output]) => (input, row + from.shift, output, row + to.shift + BEFORE),
            Err(_) => unreachable!("no layer writes where it reads"),
        }
    }

    /// Which of a layer's rows from `row` on (counted by itself) are in the picture, of [`OUTPUTS`].
    pub fn inside(height: usize, row: usize, layer: usize) -> Range<usize> {
        let end = (height + layer).saturating_sub(row).min(OUTPUTS);
        layer.saturating_sub(row).min(end)..end
    }

    /// The last layer's answer, and the rows of the picture that are new in this step, the first of them at
    /// which row of the answer.
    pub fn answer(&self, step: usize) -> (&Activation, usize, Range<usize>) {
        let behind = self.places.len() - 2;
        let Slot { activation, shift } = self.places[behind + 1];
        let row = step * self.height();
        let start = row.saturating_sub(behind).min(self.size.height);
        let end = (row + self.height()).saturating_sub(behind).min(self.size.height);
        (&self.activations[activation], start + behind + shift + BEFORE, start..end)
    }
}
