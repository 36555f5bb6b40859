//! Fake restorer for tests of the worker and the window. The output is the input's picture planes, with every value
//! moved a quarter of the way to 1; for noise estimation unchanged, which means no noise. The fake detector is sure of
//! damage where red is white, and of none elsewhere.

use std::time::Duration;

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, Footprint, OpenedRestorer, Restorer, RestorerFactory, Task,
};
use crate::pixels::{Planes, Size};

/// Side of the fake's tiles, in px.
pub const TILE_SIDE: usize = 32;

/// Called with the number of each tile before it is computed; may fail, panic or wait.
pub type TileHook = Box<dyn FnMut(usize) -> Result<(), EngineError> + Send>;

/// Opens fakes that take `delay` for each tile.
pub fn opener(delay: Duration) -> RestorerFactory {
    opener_with(delay, || Box::new(|_| Ok(())))
}

/// Opens fakes that call a [`TileHook`] before each tile; `hook` creates one for each fake.
pub fn opener_with(delay: Duration, mut hook: impl FnMut() -> TileHook + Send + 'static) -> RestorerFactory {
    Box::new(move |choice, _, network, _| {
        let name = match choice {
            DeviceChoice::Named(name) => name.clone(),
            choice => format!("fake {choice:?}"),
        };
        let info = DeviceInfo { name, kind: DeviceKind::Other, driver: String::new() };
        let fake = FakeRestorer { info, task: network.task, moved: 0.25, delay, tiles: 0, hook: hook() };
        Ok(OpenedRestorer { restorer: Box::new(fake), reason: "requested by a test".into(), notice: None })
    })
}

/// A fake denoiser on a device, which takes `delay` for a tile and moves every value that far (as a fraction) towards 1.
pub fn restorer(device: &DeviceInfo, delay: Duration, moved: f32) -> Box<dyn Restorer> {
    let (info, task) = (device.clone(), Task::Denoise);
    Box::new(FakeRestorer { info, task, moved, delay, tiles: 0, hook: Box::new(|_| Ok(())) })
}

struct FakeRestorer {
    info: DeviceInfo,
    task: Task,
    /// How far every value moves towards 1, as a fraction.
    moved: f32,
    delay: Duration,
    tiles: usize,
    hook: TileHook,
}

impl Restorer for FakeRestorer {
    fn device(&self) -> &DeviceInfo {
        &self.info
    }

    fn footprint(&self) -> Footprint {
        Footprint { radius: 2, stride: 2 }
    }

    fn tile_side(&self) -> usize {
        TILE_SIDE
    }

    fn memory(&self, _: Size) -> u64 {
        0
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        (self.hook)(self.tiles)?;
        self.tiles += 1;
        std::thread::sleep(self.delay);
        let planes_out = self.task.planes().1;
        let output = |value: &f32| match self.task {
            Task::Estimate => *value,
            Task::Detect => value + if *value >= 1.0 { 20.0 } else { -20.0 },
            _ => value + (1.0 - value) * self.moved,
        };
        let values = tile.data()[..planes_out * tile.size().area()].iter().map(output);
        Ok(Planes::new(planes_out, tile.size(), values.collect()))
    }
}
