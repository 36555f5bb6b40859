//! Measured speeds of the devices. Pure.

use crate::{
    engine::DeviceInfo,
    restore::Speed,
    worker::{Body, End, Event, JobId},
};

/// Speed of a device.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceSpeed {
    /// Not measured yet.
    Unknown,
    /// Being measured.
    Measuring,
    /// Million px denoised per second.
    Megapixels(f64),
    /// The device can't be used, with the reason as a sentence.
    Unusable(String),
}

/// Known speeds, and the device being measured.
#[derive(Debug, Default)]
pub struct Speeds {
    known: Vec<Speed>,
    unusable: Vec<(String, String)>,
    measuring: Option<(JobId, String)>,
}

impl Speeds {
    /// Speed of a device.
    pub fn of(&self, device: &str) -> DeviceSpeed {
        let why = self.unusable.iter().find(|(name, _)| name == device).map(|(_, why)| why);
        match (self.known.iter().find(|speed| speed.device == device), why, &self.measuring) {
            (Some(speed), ..) => DeviceSpeed::Megapixels(speed.megapixels),
            (_, Some(why), _) => DeviceSpeed::Unusable(why.clone()),
            (_, _, Some((_, measuring))) if measuring == device => DeviceSpeed::Measuring,
            _ => DeviceSpeed::Unknown,
        }
    }

    /// The next device to measure. None while one is being measured.
    pub fn next_to_measure<'a>(&self, devices: &'a [DeviceInfo]) -> Option<&'a str> {
        let unknown = |device: &&DeviceInfo| self.of(&device.name) == DeviceSpeed::Unknown;
        devices.iter().filter(|_| self.measuring.is_none()).find(unknown).map(|device| device.name.as_str())
    }

    /// A measurement was started as this job.
    pub fn started(&mut self, job: JobId, device: &str) {
        self.measuring = Some((job, device.to_owned()));
    }

    /// The running job.
    pub fn job(&self) -> Option<JobId> {
        self.measuring.as_ref().map(|(job, _)| *job)
    }

    /// Sets the speeds measured so far. Restorations measure them too.
    pub fn set_known(&mut self, speeds: Vec<Speed>) {
        self.known = speeds;
    }

    /// Applies an event of the running job.
    pub fn apply(&mut self, event: Event) {
        let Body::End(end) = event.body else { return };
        match (end, self.measuring.take()) {
            (End::Measured { speeds }, _) => self.set_known(speeds),
            (End::Failed(error), Some((_, device))) => self.unusable.push((device, error.to_string())),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::DeviceKind, worker::JobError};

    #[test]
    fn each_device_is_measured_once_and_one_at_a_time() {
        let device = |name: &str| DeviceInfo { name: name.into(), kind: DeviceKind::Other, driver: String::new() };
        let (devices, mut speeds) = ([device("Iris"), device("Voodoo"), device("CPU")], Speeds::default());
        speeds.set_known(vec![Speed { device: "CPU".into(), megapixels: 3.0 }]);
        assert_eq!(speeds.next_to_measure(&devices), Some("Iris"));
        speeds.started(JobId(1), "Iris");
        assert_eq!((speeds.of("Iris"), speeds.next_to_measure(&devices)), (DeviceSpeed::Measuring, None));
        let measured = [("CPU", 3.0), ("Iris", 9.0)];
        let measured = measured.map(|(device, megapixels)| Speed { device: device.into(), megapixels });
        speeds.apply(Event::end(JobId(1), End::Measured { speeds: measured.to_vec() }));
        assert_eq!(
            (speeds.of("Iris"), speeds.next_to_measure(&devices)),
            (DeviceSpeed::Megapixels(9.0), Some("Voodoo"))
        );
        speeds.started(JobId(2), "Voodoo");
        let error = JobError::NearlyFull("no".into());
        let unusable = DeviceSpeed::Unusable(error.to_string());
        speeds.apply(Event::end(JobId(2), End::Failed(error)));
        assert_eq!((speeds.of("Voodoo"), speeds.next_to_measure(&devices)), (unusable, None));
    }
}
