//! The devices of this machine, their speeds, and the selected one.

use crossbeam_channel::Receiver;

use crate::{
    engine::{self, DeviceChoice, DeviceInfo},
    state::Speeds,
};

/// Available devices and the selected one.
pub struct Devices {
    /// The selected device.
    pub choice: DeviceChoice,
    /// Measured speeds.
    pub speeds: Speeds,
    known: Option<Vec<DeviceInfo>>,
    found: Receiver<Vec<DeviceInfo>>,
}

impl Devices {
    /// `found` receives the available devices.
    pub fn new(found: Receiver<Vec<DeviceInfo>>) -> Self {
        Self { choice: DeviceChoice::Auto, speeds: Speeds::default(), known: None, found }
    }

    /// The devices, once they are listed.
    pub fn known(&self) -> Option<&[DeviceInfo]> {
        self.known.as_deref()
    }

    /// Receives the available devices. If the selected one is missing, returns its name and selects `Auto`.
    pub fn poll(&mut self) -> Option<String> {
        let devices = self.found.try_recv().ok()?;
        for device in &devices {
            log::info!("device: {} ({:?}) {}", device.name, device.kind, device.driver);
        }
        let missing = match &self.choice {
            DeviceChoice::Named(name) if engine::named(&devices, name).is_err() => Some(name.clone()),
            _ => None,
        };
        if missing.is_some() {
            self.choice = DeviceChoice::Auto;
        }
        self.known = Some(devices);
        missing
    }
}
