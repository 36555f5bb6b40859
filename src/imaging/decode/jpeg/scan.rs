//! Decodes scans: sequential ones into samples, progressive ones into coefficients that are transformed at the end.

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use super::{
    arithmetic::{ArithmeticBlocks, Decisions},
    bits::Bits,
    blocks::{Band, Block, BlockDecoder, Coding, DcPredictor, HuffmanBlocks},
    dct,
    frame::{Component, Entropy, Frame, Process},
    headers::{HeaderReader, JpegError, Next, Part, Scan, Steps},
    loss::{Loss, Missing},
    plane::Plane,
    recovery::{self, Mcus, Source},
};
use crate::imaging::container::jpeg::next_marker;

/// Maximum number of scans, more than any encoder writes.
const MAX_SCANS: usize = 500;
/// Marks coefficients that were not decoded yet.
const NO_BIT: u8 = u8::MAX;

/// A component being decoded.
struct ComponentState {
    info: Component,
    /// Stored blocks per row.
    columns: usize,
    /// The quantisation table at its first scan.
    steps: Option<Steps>,
    /// The lowest decoded bit of each coefficient, in zigzag order.
    bits: [u8; 64],
    stored: PlaneData,
}

enum PlaneData {
    Samples(Plane),
    Coefficients(Vec<Block>),
}

/// The planes of a picture, and what is missing.
pub struct DecodedPlanes {
    pub planes: Vec<Plane>,
    pub loss: Loss,
}

/// Memory that [`read`] needs, and that of the planes it returns, in bytes.
pub fn memory(frame: &Frame) -> (u64, u64) {
    let samples = |component: &Component| {
        let (columns, rows) = frame.stored_blocks(component);
        64 * columns as u64 * rows as u64
    };
    let planes: u64 = frame.components.iter().map(samples).sum();
    match frame.process {
        Process::Sequential => (planes, planes),
        // The coefficients of a component are freed after its transform.
        Process::Progressive => (2 * planes + frame.components.iter().map(samples).max().unwrap_or(0), planes),
    }
}

/// Decodes all scans from `first` on, except damaged parts.
///
/// # Errors
/// If nothing can be read.
pub fn read(bytes: &[u8], headers: &mut HeaderReader, frame: &Frame, first: Scan) -> Result<DecodedPlanes, JpegError> {
    let component = |component: &Component| {
        let (columns, rows) = frame.stored_blocks(component);
        let stored = match frame.process {
            Process::Sequential => PlaneData::Samples(Plane::new(frame, component)),
            Process::Progressive => PlaneData::Coefficients(vec![[0; 64]; columns * rows]),
        };
        ComponentState { info: *component, columns, steps: None, bits: [NO_BIT; 64], stored }
    };
    let mut components: Vec<_> = frame.components.iter().map(component).collect();
    let mut loss = Loss::none(frame.mcus());
    let mut next = Ok(Next::Scan(first));
    for count in 0.. {
        match next {
            Ok(Next::Scan(scan)) if count < MAX_SCANS => {
                match read_scan(bytes, headers, frame, &mut components, &mut loss, &scan) {
                    Ok(end) => headers.at = end,
                    Err(refusal) if count == 0 => return Err(refusal),
                    Err(refusal) => {
                        next = Err(refusal);
                        continue;
                    }
                }
            }
            _ => break,
        }
        if components.iter().all(|component| component.bits == [0; 64]) {
            // All coefficients are complete, so the rest is not part of the picture.
            let has_more = next_marker(bytes, headers.at).is_some();
            next = Ok(if has_more { Next::End } else { Next::Truncated });
            break;
        }
        next = headers.next();
    }
    let has_ended = matches!(next, Ok(Next::End));
    for component in &components {
        // An encoder may omit coefficients that are 0 everywhere, but not the last bits of those it has started.
        let lacks = |bit: &u8| *bit > 0 && (*bit < NO_BIT || !has_ended);
        match component.bits {
            [NO_BIT, ..] => loss.add_everywhere(Missing::All),
            bits if bits.iter().any(lacks) => loss.add_everywhere(Missing::Detail),
            _ => {}
        }
    }
    if loss.share(Missing::All) == 1.0 {
        return Err(JpegError::Damaged("none of its pixels can be read"));
    }
    loss.is_cut_off = matches!(next, Ok(Next::Truncated));
    let planes = components.into_iter().map(|component| component.into_plane(frame)).collect();
    Ok(DecodedPlanes { planes, loss })
}

impl ComponentState {
    fn into_plane(self, frame: &Frame) -> Plane {
        let coefficients = match self.stored {
            PlaneData::Samples(plane) => return plane,
            PlaneData::Coefficients(coefficients) => coefficients,
        };
        let mut plane = Plane::new(frame, &self.info);
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

/// A scan being decoded.
struct ScanPass<'a, D> {
    components: &'a mut [ComponentState],
    loss: &'a mut Loss,
    parts: Vec<ComponentDecoder<D>>,
    coding: Coding,
    /// Number of MCUs, across and down.
    columns: usize,
    rows: usize,
}

/// Decoder of a component in a scan.
struct ComponentDecoder<D> {
    component: usize,
    /// Its blocks per MCU of the scan.
    across: usize,
    down: usize,
    /// Its blocks per MCU of the picture, if the scan is not interleaved.
    blocks_in_mcu: (usize, usize),
    steps: Steps,
    blocks: D,
}

impl Coding {
    fn new(scan: &Scan, process: Process) -> Self {
        let Scan { first, last, above, low, .. } = *scan;
        let band = Band { first, last, low };
        match (process, first, above) {
            (Process::Sequential, ..) => Coding::Whole,
            (Process::Progressive, 0, 0) => Coding::DcFirst(low),
            (Process::Progressive, 0, _) => Coding::DcRefine(low),
            (Process::Progressive, _, 0) => Coding::AcFirst(band),
            (Process::Progressive, ..) => Coding::AcRefine(band),
        }
    }

    /// Loss of the blocks that can't be decoded.
    fn missing(self) -> Missing {
        match self {
            Coding::Whole | Coding::DcFirst(_) => Missing::All,
            Coding::DcRefine(_) | Coding::AcFirst(_) | Coding::AcRefine(_) => Missing::Detail,
        }
    }
}

impl<'a, D> ScanPass<'a, D> {
    /// `decoder`: that of a part's blocks, whose first quantisation step is given.
    fn new(
        frame: &Frame,
        components: &'a mut [ComponentState],
        loss: &'a mut Loss,
        headers: &HeaderReader<'_>,
        scan: &Scan,
        decoder: impl Fn(&Part, u16, Coding) -> Result<D, JpegError>,
    ) -> Result<Self, JpegError> {
        let coding = Coding::new(scan, frame.process);
        let (columns, rows) = match scan.parts.as_slice() {
            [alone] => frame.blocks(&frame.components[alone.component]),
            _ => frame.mcus(),
        };
        let mut part = |part: &Part| {
            let component = &mut components[part.component];
            let Component { across, down, table, .. } = component.info;
            let steps = *headers.tables.steps.get(table).unwrap_or(&None);
            component.steps = component.steps.or(steps);
            let steps = component.steps.ok_or(JpegError::Damaged("a quantisation table is missing"))?;
            let in_scan = if scan.parts.len() == 1 { (1, 1) } else { (across, down) };
            Ok(ComponentDecoder {
                component: part.component,
                across: in_scan.0,
                down: in_scan.1,
                blocks_in_mcu: (across / in_scan.0, down / in_scan.1),
                steps,
                blocks: decoder(part, steps[0], coding)?,
            })
        };
        let parts = scan.parts.iter().map(&mut part).collect::<Result<_, JpegError>>()?;
        for part in &scan.parts {
            components[part.component].bits[scan.first..=scan.last].fill(scan.low as u8);
        }
        Ok(Self { components, loss, parts, coding, columns, rows })
    }

    /// Decodes the scan; returns its end.
    fn read<'b, S: Source<'b>>(mut self, bytes: &'b [u8], headers: &HeaderReader<'_>) -> usize
    where
        D: BlockDecoder<S>,
    {
        let (at, interval, total) = (headers.at, headers.tables.interval, self.total());
        Arch::new().dispatch(|| recovery::read(bytes, at, total, interval, &mut self))
    }

    fn total(&self) -> usize {
        self.columns * self.rows
    }

    fn add_loss(&mut self, mcus: Range<usize>, missing: Missing) {
        let (across, down) = match self.parts.as_slice() {
            [alone] => alone.blocks_in_mcu,
            _ => (1, 1),
        };
        for mcu in mcus {
            self.loss.add((mcu % self.columns / across, mcu / self.columns / down), missing);
        }
    }
}

impl<'b, S: Source<'b>, D: BlockDecoder<S>> Mcus<S> for ScanPass<'_, D> {
    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.blocks.restart());
    }

    #[inline(always)]
    fn read(&mut self, source: &mut S, mcu: usize) -> Option<()> {
        let (column, row) = (mcu % self.columns, mcu / self.columns);
        for part in &mut self.parts {
            let component = &mut self.components[part.component];
            for place in 0..part.across * part.down {
                let place = (column * part.across + place % part.across, row * part.down + place / part.across);
                match &mut component.stored {
                    PlaneData::Samples(plane) => {
                        let mut block = [0; 64];
                        part.blocks.read(Coding::Whole, source, &mut block)?;
                        if source.is_beyond() {
                            return None;
                        }
                        plane.put(place, &dct::samples(&block, &part.steps));
                    }
                    PlaneData::Coefficients(blocks) => {
                        let block = blocks.get_mut(place.1 * component.columns + place.0)?;
                        part.blocks.read(self.coding, source, block)?;
                    }
                }
            }
        }
        Some(())
    }

    fn lose(&mut self, mcus: Range<usize>) {
        self.add_loss(mcus, self.coding.missing());
    }

    fn can_read_more(&mut self, source: &mut S) -> bool {
        let coding = self.coding;
        self.parts
            .iter_mut()
            .all(|part| (0..part.across * part.down).all(|_| part.blocks.can_read_more(coding, source)))
    }

    fn mark_doubtful(&mut self) {
        self.loss.is_doubtful = true;
    }
}

/// Decodes a scan; returns its end.
fn read_scan(
    bytes: &[u8],
    headers: &HeaderReader,
    frame: &Frame,
    components: &mut [ComponentState],
    loss: &mut Loss,
    scan: &Scan,
) -> Result<usize, JpegError> {
    match frame.entropy {
        Entropy::Huffman => {
            let decoder = |part: &Part, step, coding| {
                let has_dc = matches!(coding, Coding::Whole | Coding::DcFirst(_));
                let has_ac = matches!(coding, Coding::Whole | Coding::AcFirst(_) | Coding::AcRefine(_));
                Ok(HuffmanBlocks {
                    dc: has_dc.then(|| headers.codes(part, true)).transpose()?,
                    ac: has_ac.then(|| headers.codes(part, false)).transpose()?,
                    predictor: DcPredictor::new(step),
                    run: 0,
                })
            };
            Ok(ScanPass::new(frame, components, loss, headers, scan, decoder)?.read::<Bits>(bytes, headers))
        }
        Entropy::Arithmetic => {
            let decoder = |part: &Part, step, _| {
                let conditioning = &headers.tables.conditioning;
                Ok(ArithmeticBlocks {
                    predictor: DcPredictor::new(step),
                    dc: part.dc,
                    ac: part.ac,
                    small: conditioning[part.dc].small,
                    low_frequencies: conditioning[part.ac].low_frequencies,
                    context: 0,
                })
            };
            Ok(ScanPass::new(frame, components, loss, headers, scan, decoder)?.read::<Decisions>(bytes, headers))
        }
    }
}
