//! Networks whose runs a test changes.
#![allow(dead_code, reason = "each test uses its own part of this file")]

use redawn::{
    engine::{DeviceInfo, EngineError, Footprint, OpenedRestorer, Restorer, Run},
    pixels::{Planes, Size},
};

struct Changed<R, S> {
    restorer: Box<dyn Restorer>,
    restore: R,
    start: S,
}

impl<R, S> Restorer for Changed<R, S>
where
    R: FnMut(&mut dyn Restorer, Planes) -> Result<Planes, EngineError> + Send,
    S: FnMut(&mut dyn Restorer, Planes) -> Result<Run, EngineError> + Send,
{
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

    fn start(&mut self, tile: Planes) -> Result<Run, EngineError> {
        (self.start)(&mut *self.restorer, tile)
    }
}

/// The network, but with tiles restored by `restore`, which gets the network too.
pub fn changed(
    opened: OpenedRestorer,
    restore: impl FnMut(&mut dyn Restorer, Planes) -> Result<Planes, EngineError> + Send + 'static,
) -> OpenedRestorer {
    let start = |_: &mut dyn Restorer, tile| Ok(Run::Waiting(tile));
    OpenedRestorer { restorer: Box::new(Changed { restorer: opened.restorer, restore, start }), ..opened }
}

/// The network, but with runs over tiles started by `start`, as on a GPU.
pub fn starting(
    restorer: Box<dyn Restorer>,
    start: impl FnMut(&mut dyn Restorer, Planes) -> Result<Run, EngineError> + Send + 'static,
) -> Box<dyn Restorer> {
    let restore = |network: &mut dyn Restorer, tile| network.restore(tile);
    Box::new(Changed { restorer, restore, start })
}
