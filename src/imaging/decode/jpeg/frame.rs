//! The frame of a JPEG: what its pixels are made of (ITU-T T.81, B.2.2 and A.1).

/// How coefficients are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// All of a block at once.
    Sequential,
    /// Some first, and in steps.
    Progressive,
}

/// One of the planes that make up the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// What scans call it.
    pub name: u8,
    /// Sampling factors: blocks of it in an MCU of the picture, across and down, 1 to 4.
    pub across: usize,
    pub down: usize,
    /// The place of its quantisation table.
    pub table: usize,
}

/// The size of a picture, and its components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub process: Process,
    /// In px.
    pub width: usize,
    pub height: usize,
    /// One, three or four.
    pub components: Vec<Component>,
}

impl Frame {
    /// The largest sampling factors.
    pub fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|component| component.across), most(|component| component.down))
    }

    /// Mcus of the picture (MCUs of a scan of all components), across and down.
    pub fn mcus(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    /// Samples of a component, across and down.
    pub fn samples(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.most();
        ((self.width * component.across).div_ceil(across), (self.height * component.down).div_ceil(down))
    }

    /// Blocks of a component in a scan of its own, across and down: those that hold samples.
    pub fn blocks(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.samples(component);
        (across.div_ceil(8), down.div_ceil(8))
    }

    /// Blocks of a component in all MCUs, across and down.
    pub fn stored_blocks(&self, component: &Component) -> (usize, usize) {
        let (across, down) = self.mcus();
        (across * component.across, down * component.down)
    }
}
