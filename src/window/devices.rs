//! The devices of this machine, how fast they are, and the one in use.

use crossbeam_channel::Receiver;

use crate::{
    engine::{self, DeviceChoice, DeviceInfo},
    state::Speeds,
};

/// Known devices and the choice among them.
pub struct Devices {
    /// Where the next restoration runs.
    pub choice: DeviceChoice,
    /// Their speeds, as far as they were measured.
    pub speeds: Speeds,
    known: Option<Vec<DeviceInfo>>,
    found: Receiver<Vec<DeviceInfo>>,
}

impl Devices {
    /// `found` brings the devices, once they are listed.
    pub fn new(found: Receiver<Vec<DeviceInfo>>) -> Self {
        Self { choice: DeviceChoice::Auto, speeds: Speeds::default(), known: None, found }
    }

    /// The devices, once they are listed.
    pub fn known(&self) -> Option<&[DeviceInfo]> {
        self.known.as_deref()
    }

    /// Receives the list of devices. Returns the name of the chosen one if it is gone: `Auto` is chosen then.
    pub fn poll(&mut self) -> Option<String> {
        let devices = self.found.try_recv().ok()?;
        for device in &devices {
            log::info!("device: {} ({:?}) {}", device.name, device.kind, device.driver);
        }
        let gone = match &self.choice {
            DeviceChoice::Named(name) if engine::choose_among(&devices, &self.choice).is_err() => Some(name.clone()),
            _ => None,
        };
        if gone.is_some() {
            self.choice = DeviceChoice::Auto;
        }
        self.known = Some(devices);
        gone
    }
}
