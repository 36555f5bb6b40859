//! The frame of a JPEG (ITU-T T.81, B.2.2 and A.1).

/// How coefficients are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// Each block is stored completely.
    Sequential,
    /// Coefficients are spread over several scans.
    Progressive,
}

/// Coding of the coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entropy {
    Huffman,
    Arithmetic,
}

/// A component of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Its identifier in scans.
    pub id: u8,
    /// Sampling factors (its blocks per MCU), across and down, 1 to 4.
    pub across: usize,
    pub down: usize,
    /// Slot of its quantisation table.
    pub table: usize,
}

/// The size of a picture, and its components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub process: Process,
    pub entropy: Entropy,
    /// In px.
    pub width: usize,
    pub height: usize,
    /// One, three or four.
    pub components: Vec<Component>,
}

impl Frame {
    /// The largest sampling factors.
    pub fn max_factors(&self) -> (usize, usize) {
        let max = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max().unwrap_or(1);
        (max(|component| component.across), max(|component| component.down))
    }

    /// Number of MCUs of an interleaved scan, across and down.
    pub fn mcus(&self) -> (usize, usize) {
        let (across, down) = self.max_factors();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    /// Number of samples of a component, across and down.
    pub fn samples(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.max_factors();
        ((self.width * component.across).div_ceil(across), (self.height * component.down).div_ceil(down))
    }

    /// Number of blocks of a component in a non-interleaved scan, across and down.
    pub fn blocks(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.samples(component);
        (across.div_ceil(8), down.div_ceil(8))
    }

    /// Number of blocks of a component in all MCUs, across and down.
    pub fn stored_blocks(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.mcus();
        (across * component.across, down * component.down)
    }
}
