//! Networks whose runs a test changes.

use redawn::{
    engine::{DeviceInfo, EngineError, Footprint, OpenedRestorer, Restorer},
    pixels::{Planes, Size},
};

struct Changed<F> {
    restorer: Box<dyn Restorer>,
    restore: F,
}

impl<F: FnMut(&mut dyn Restorer, Planes) -> Result<Planes, EngineError> + Send> Restorer for Changed<F> {
    fn device(&self) -> &DeviceInfo {
        self.restorer.device()
    }

    fn footprint(&self) -> Footprint {
        self.restorer.footprint()
    }

    fn tile_side(&self) -> usize {
        self.restorer.tile_side()
    }

    fn memory(&self, tile: Size) -> u64 {
        self.restorer.memory(tile)
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        (self.restore)(&mut *self.restorer, tile)
    }
}

/// The network, but with tiles restored by `restore`, which gets the network too.
pub fn changed(
    opened: OpenedRestorer,
    restore: impl FnMut(&mut dyn Restorer, Planes) -> Result<Planes, EngineError> + Send + 'static,
) -> OpenedRestorer {
    OpenedRestorer { restorer: Box::new(Changed { restorer: opened.restorer, restore }), ..opened }
}
