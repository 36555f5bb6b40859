//! What is to be expected of each device, as measured. Pure.

use crate::{
    engine::DeviceInfo,
    restore::Speed,
    worker::{Body, End, Event, JobId},
};

/// What is to be expected of a device.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// It was not measured yet.
    Unknown,
    /// It is being measured.
    Measuring,
    /// So many million px a second are denoised on it.
    Megapixels(f64),
    /// It can't be used, and why: a sentence for people.
    Unusable(String),
}

/// What is known of all devices, and which one is being measured.
#[derive(Debug, Default)]
pub struct Speeds {
    known: Vec<Speed>,
    unusable: Vec<(String, String)>,
    asked: Option<(JobId, String)>,
}

impl Speeds {
    /// What is to be expected of the device of this name.
    pub fn of(&self, device: &str) -> Expected {
        let why = self.unusable.iter().find(|(name, _)| name == device).map(|(_, why)| why);
        match (self.known.iter().find(|speed| speed.device == device), why, &self.asked) {
            (Some(speed), ..) => Expected::Megapixels(speed.megapixels),
            (_, Some(why), _) => Expected::Unusable(why.clone()),
            (_, _, Some((_, asked))) if asked == device => Expected::Measuring,
            _ => Expected::Unknown,
        }
    }

    /// The device to be measured next; none while one is.
    pub fn next_of<'a>(&self, devices: &'a [DeviceInfo]) -> Option<&'a str> {
        let unknown = |device: &&DeviceInfo| self.of(&device.name) == Expected::Unknown;
        devices.iter().filter(|_| self.asked.is_none()).find(unknown).map(|device| device.name.as_str())
    }

    /// The device of this name is being measured as this job.
    pub fn ask(&mut self, job: JobId, device: &str) {
        self.asked = Some((job, device.to_owned()));
    }

    /// The job under way.
    pub fn job(&self) -> Option<JobId> {
        self.asked.as_ref().map(|(job, _)| *job)
    }

    /// What was measured so far, while something else was done.
    pub fn learn(&mut self, speeds: Vec<Speed>) {
        self.known = speeds;
    }

    /// Takes in an event of the job under way.
    pub fn apply(&mut self, event: Event) {
        let Body::End(end) = event.body else { return };
        match (end, self.asked.take()) {
            (End::Measured { speeds }, _) => self.learn(speeds),
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
        speeds.learn(vec![Speed { device: "CPU".into(), megapixels: 3.0 }]);
        assert_eq!(speeds.next_of(&devices), Some("Iris"));
        speeds.ask(JobId(1), "Iris");
        assert_eq!((speeds.of("Iris"), speeds.next_of(&devices)), (Expected::Measuring, None));
        let measured = [("CPU", 3.0), ("Iris", 9.0)];
        let measured = measured.map(|(device, megapixels)| Speed { device: device.into(), megapixels });
        speeds.apply(Event::end(JobId(1), End::Measured { speeds: measured.to_vec() }));
        assert_eq!((speeds.of("Iris"), speeds.next_of(&devices)), (Expected::Megapixels(9.0), Some("Voodoo")));
        speeds.ask(JobId(2), "Voodoo");
        let error = JobError::NearlyFull("no".into());
        let unusable = Expected::Unusable(error.to_string());
        speeds.apply(Event::end(JobId(2), End::Failed(error)));
        assert_eq!((speeds.of("Voodoo"), speeds.next_of(&devices)), (unusable, None));
    }
}
