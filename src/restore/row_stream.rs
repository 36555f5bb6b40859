//! A pass of a network as a stream of rows.

use std::{collections::VecDeque, ops::Range};

use super::{image_source::padded_part, runner::NetworkPass, tensor_io::planes_in};
use crate::{
    engine::{EngineError, RowIo},
    pixels::{Planes, Rect},
};

type Finish<'a> = dyn FnMut(Rect, Option<Planes>, Planes) -> Result<bool, EngineError> + Send + 'a;

/// A pass as a stream of rows: reads the input, and matches the output to it.
pub struct RowStream<'a> {
    pass: &'a NetworkPass<'a>,
    /// Width of the padded picture, in px.
    width: usize,
    /// Rows that were read and whose output is not complete.
    pending: VecDeque<PendingRows>,
    failure: Option<EngineError>,
    finish: &'a mut Finish<'a>,
}

impl<'a> RowStream<'a> {
    /// A stream over a padded picture of that width. `finish` receives the rows of one read, the part kept by
    /// [`planes_in`] and the output, and returns whether to continue.
    pub fn new(pass: &'a NetworkPass<'a>, width: usize, finish: &'a mut Finish<'a>) -> Self {
        Self { pass, width, pending: VecDeque::new(), failure: None, finish }
    }

    /// Why `finish` failed, if it has.
    pub fn into_failure(self) -> Option<EngineError> {
        self.failure
    }
}

struct PendingRows {
    rect: Rect,
    part: Option<Planes>,
    /// Complete up to the last row written.
    output: Planes,
}

impl RowIo for RowStream<'_> {
    fn read(&mut self, rows: Range<usize>) -> Planes {
        let NetworkPass { task, input, level, .. } = self.pass;
        let rect = Rect::new(0, rows.start, self.width, rows.len());
        let (input, part) = planes_in(*task, padded_part(*input, rect), rect, level);
        let output = Planes::filled(task.planes().1, rect.size(), 0.0);
        self.pending.push_back(PendingRows { rect, part, output });
        input
    }

    fn write(&mut self, rows: Range<usize>, output: Planes) -> bool {
        for y in rows.clone() {
            let Some(first) = self.pending.front_mut() else { return false };
            first.output.copy_row(y - first.rect.y, &output, y - rows.start);
            if y + 1 < first.rect.bottom() {
                continue;
            }
            let Some(PendingRows { rect, part, output }) = self.pending.pop_front() else { return false };
            match (self.finish)(rect, part, output) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(failure) => {
                    self.failure = Some(failure);
                    return false;
                }
            }
        }
        true
    }
}
