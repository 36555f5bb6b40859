//! Scan after scan into samples, or into coefficients that become samples when all are there.

use std::{ops::Range, rc::Rc};

use pulp::Arch;
use rayon::prelude::*;

use super::{
    bits::Bits,
    blocks::{self, Band, Block, Mean},
    dct,
    frame::{Component, Frame, Process},
    huffman::Huffman,
    loss::{Loss, Missing},
    plane::Plane,
    recovery::{self, Units},
    segments::{self, Next, Part, Refusal, Scan, Segments, Steps},
};

/// More scans than any encoder writes.
const MAX_SCANS: usize = 500;
/// Coefficients of which nothing was stored yet.
const NO_BIT: u8 = u8::MAX;

/// What the scans of one component came to.
struct Reading {
    component: Component,
    /// Blocks across, and in all, in all units of the picture.
    columns: usize,
    /// The table that held when its first scan began.
    steps: Option<Steps>,
    /// The lowest bit that was stored of each coefficient, in zigzag order.
    bits: [u8; 64],
    stored: Stored,
}

enum Stored {
    Samples(Plane),
    Coefficients(Vec<Block>),
}

/// A picture's planes, and what of them is missing.
pub struct Picture {
    pub planes: Vec<Plane>,
    pub loss: Loss,
    /// Whether the file ended before the picture did.
    pub is_cut_off: bool,
}

/// Bytes that [`read`] takes, and those of the planes that it returns.
pub fn memory(frame: &Frame) -> (u64, u64) {
    let samples = |component: &Component| {
        let (columns, rows) = frame.stored_blocks(component);
        64 * columns as u64 * rows as u64
    };
    let planes: u64 = frame.components.iter().map(samples).sum();
    match frame.process {
        Process::Sequential => (planes, planes),
        // The coefficients of a component are given up when it has become samples.
        Process::Progressive => (2 * planes + frame.components.iter().map(samples).max().unwrap_or(0), planes),
    }
}

/// Reads the first scan and all after it. What is damaged is lost; the rest is read.
///
/// # Errors
/// When nothing can be read.
pub fn read(bytes: &[u8], segments: &mut Segments, frame: &Frame, first: Scan) -> Result<Picture, Refusal> {
    let reading = |component: &Component| {
        let (columns, rows) = frame.stored_blocks(component);
        let stored = match frame.process {
            Process::Sequential => Stored::Samples(Plane::new(frame, component)),
            Process::Progressive => Stored::Coefficients(vec![[0; 64]; columns * rows]),
        };
        Reading { component: *component, columns, steps: None, bits: [NO_BIT; 64], stored }
    };
    let mut readings: Vec<_> = frame.components.iter().map(reading).collect();
    let mut loss = Loss::none(frame.units());
    let mut next = Ok(Next::Scan(first));
    for count in 0.. {
        match next {
            Ok(Next::Scan(scan)) if count < MAX_SCANS => {
                match Pass::new(frame, &mut readings, &mut loss, segments, &scan) {
                    Ok(mut pass) => {
                        let (at, interval, total) = (segments.at, segments.tables.interval, pass.total());
                        segments.at = Arch::new().dispatch(|| recovery::read(bytes, at, total, interval, &mut pass));
                    }
                    Err(refusal) if count == 0 => return Err(refusal),
                    Err(refusal) => {
                        next = Err(refusal);
                        continue;
                    }
                }
            }
            _ => break,
        }
        if readings.iter().all(|reading| reading.bits == [0; 64]) {
            // What comes after it is no part of the picture.
            let has_more = segments::next_marker(bytes, segments.at).is_some();
            next = Ok(if has_more { Next::End } else { Next::CutOff });
            break;
        }
        next = segments.next();
    }
    let has_ended = matches!(next, Ok(Next::End));
    for reading in &readings {
        // An encoder may leave out what is 0 everywhere, but not the last bits of what it has begun with.
        let lacks = |bit: &u8| *bit > 0 && (*bit < NO_BIT || !has_ended);
        match reading.bits {
            [NO_BIT, ..] => loss.add_everywhere(Missing::All),
            bits if bits.iter().any(lacks) => loss.add_everywhere(Missing::Detail),
            _ => {}
        }
    }
    if loss.share(Missing::All) == 1.0 {
        return Err(Refusal::Damaged("none of its pixels can be read"));
    }
    let planes = readings.into_iter().map(|reading| reading.into_plane(frame)).collect();
    Ok(Picture { planes, loss, is_cut_off: matches!(next, Ok(Next::CutOff)) })
}

impl Reading {
    fn into_plane(self, frame: &Frame) -> Plane {
        let coefficients = match self.stored {
            Stored::Samples(plane) => return plane,
            Stored::Coefficients(coefficients) => coefficients,
        };
        let mut plane = Plane::new(frame, &self.component);
        let steps = self.steps.unwrap_or([1; 64]);
        let rows = coefficients.par_chunks(self.columns).zip(plane.samples.par_chunks_mut(8 * plane.stride));
        rows.for_each(|(blocks, samples)| {
            Arch::new().dispatch(|| {
                for (column, block) in blocks.iter().enumerate() {
                    for (row, values) in dct::samples(block, &steps).iter().enumerate() {
                        samples[row * plane.stride + 8 * column..][..8].copy_from_slice(values);
                    }
                }
            });
        });
        plane
    }
}

/// One scan on its way through the picture.
struct Pass<'a> {
    readings: &'a mut [Reading],
    loss: &'a mut Loss,
    parts: Vec<Coder>,
    coding: Coding,
    /// Units of it, across and down.
    columns: usize,
    rows: usize,
}

/// A component in a scan, and what its tables hold.
struct Coder {
    at: usize,
    /// Blocks in a unit of the scan.
    across: usize,
    down: usize,
    /// Blocks of it in a unit of the picture.
    in_unit: (usize, usize),
    steps: Steps,
    means: Option<Rc<Huffman>>,
    others: Option<Rc<Huffman>>,
    mean: Mean,
    /// Blocks that have nothing more in this band.
    run: u32,
}

/// What a scan stores of its blocks.
#[derive(Clone, Copy)]
enum Coding {
    Whole,
    FirstMean(u32),
    FinerMean(u32),
    FirstBand(Band),
    FinerBand(Band),
}

impl Coding {
    fn of(scan: &Scan, process: Process) -> Self {
        let Scan { first, last, above, low, .. } = *scan;
        let band = Band { first, last, low };
        match (process, first, above) {
            (Process::Sequential, ..) => Coding::Whole,
            (Process::Progressive, 0, 0) => Coding::FirstMean(low),
            (Process::Progressive, 0, _) => Coding::FinerMean(low),
            (Process::Progressive, _, 0) => Coding::FirstBand(band),
            (Process::Progressive, ..) => Coding::FinerBand(band),
        }
    }

    /// What is missing where it can't be read.
    fn missing(self) -> Missing {
        match self {
            Coding::Whole | Coding::FirstMean(_) => Missing::All,
            Coding::FinerMean(_) | Coding::FirstBand(_) | Coding::FinerBand(_) => Missing::Detail,
        }
    }
}

impl<'a> Pass<'a> {
    fn new(
        frame: &Frame,
        readings: &'a mut [Reading],
        loss: &'a mut Loss,
        segments: &Segments<'_>,
        scan: &Scan,
    ) -> Result<Self, Refusal> {
        let coding = Coding::of(scan, frame.process);
        let (columns, rows) = match scan.parts.as_slice() {
            [alone] => frame.blocks(&frame.components[alone.component]),
            _ => frame.units(),
        };
        let has_means = !matches!(coding, Coding::FinerMean(_) | Coding::FirstBand(_) | Coding::FinerBand(_));
        let has_others = matches!(coding, Coding::Whole | Coding::FirstBand(_) | Coding::FinerBand(_));
        let mut coder = |part: &Part| {
            let reading = &mut readings[part.component];
            let Component { across, down, table, .. } = reading.component;
            let steps = *segments.tables.steps.get(table).unwrap_or(&None);
            reading.steps = reading.steps.or(steps);
            let steps = reading.steps.ok_or(Refusal::Damaged("a quantisation table is missing"))?;
            let in_scan = if scan.parts.len() == 1 { (1, 1) } else { (across, down) };
            Ok(Coder {
                at: part.component,
                across: in_scan.0,
                down: in_scan.1,
                in_unit: (across / in_scan.0, down / in_scan.1),
                steps,
                means: has_means.then(|| segments.codes(part, true)).transpose()?,
                others: has_others.then(|| segments.codes(part, false)).transpose()?,
                mean: Mean::new(steps[0]),
                run: 0,
            })
        };
        let parts = scan.parts.iter().map(&mut coder).collect::<Result<_, Refusal>>()?;
        for part in &scan.parts {
            readings[part.component].bits[scan.first..=scan.last].fill(scan.low as u8);
        }
        Ok(Self { readings, loss, parts, coding, columns, rows })
    }

    fn total(&self) -> usize {
        self.columns * self.rows
    }

    fn add_loss(&mut self, units: Range<usize>, missing: Missing) {
        let (across, down) = match self.parts.as_slice() {
            [alone] => alone.in_unit,
            _ => (1, 1),
        };
        for unit in units {
            self.loss.add((unit % self.columns / across, unit / self.columns / down), missing);
        }
    }
}

impl Units for Pass<'_> {
    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| (part.mean.last, part.run) = (0, 0));
    }

    #[inline(always)]
    fn read(&mut self, bits: &mut Bits, unit: usize) -> Option<()> {
        let (column, row) = (unit % self.columns, unit / self.columns);
        for part in &mut self.parts {
            let reading = &mut self.readings[part.at];
            for place in 0..part.across * part.down {
                let place = (column * part.across + place % part.across, row * part.down + place / part.across);
                match &mut reading.stored {
                    Stored::Samples(plane) => {
                        let mut block = [0; 64];
                        let (means, others) = (part.means.as_deref()?, part.others.as_deref()?);
                        blocks::whole(bits, means, others, &mut part.mean, &mut block)?;
                        if bits.is_beyond() {
                            return None;
                        }
                        plane.put(place, &dct::samples(&block, &part.steps));
                    }
                    Stored::Coefficients(blocks) => {
                        let block = blocks.get_mut(place.1 * reading.columns + place.0)?;
                        part.read(self.coding, bits, block)?;
                    }
                }
            }
        }
        Some(())
    }

    fn lose(&mut self, units: Range<usize>) {
        self.add_loss(units, self.coding.missing());
    }

    fn read_on(&mut self, bits: &mut Bits) -> bool {
        let mut read = |part: &mut Coder| {
            (0..part.across * part.down).all(|_| part.read(self.coding, bits, &mut [0; 64]).is_some())
        };
        self.parts.iter_mut().all(&mut read)
    }

    fn doubt(&mut self) {
        self.loss.is_doubtful = true;
    }
}

impl Coder {
    /// What a scan of a progressive picture stores of a block.
    fn read(&mut self, coding: Coding, bits: &mut Bits, block: &mut Block) -> Option<()> {
        let others = self.others.as_deref();
        match coding {
            Coding::Whole => blocks::whole(bits, self.means.as_deref()?, others?, &mut self.mean, block),
            Coding::FirstMean(low) => blocks::first_mean(bits, self.means.as_deref()?, &mut self.mean, low, block),
            Coding::FinerMean(low) => {
                blocks::finer_mean(bits, low, block);
                Some(())
            }
            Coding::FirstBand(band) => blocks::first_band(bits, others?, band, &mut self.run, block),
            Coding::FinerBand(band) => blocks::finer_band(bits, others?, band, &mut self.run, block),
        }
    }
}
