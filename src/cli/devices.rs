//! `redawn devices`: lists the devices with their speeds, and which one `auto` selects.

use std::process::ExitCode;

use serde::Serialize;

use super::{DevicesArgs, FAILED, output::Output, output::complain, terms};
use crate::engine::{self, DeviceChoice, DeviceTrial, Selection, Trial};

/// One device as a JSON line.
#[derive(Serialize)]
struct DeviceLine<'a> {
    name: &'a str,
    kind: &'a str,
    driver: &'a str,
    /// Whether `--device auto` selects it.
    auto: bool,
    /// Why it is selected.
    reason: Option<&'a str>,
    /// Megapixels denoised per second; not for software adapters.
    megapixels_per_second: Option<f64>,
    /// Why auto can't select it.
    unusable: Option<&'a str>,
}

/// Prints every device, with its speed.
pub fn run(args: &DevicesArgs) -> ExitCode {
    let devices = engine::list_devices();
    let candidates: Vec<_> = engine::candidates(&devices).cloned().collect();
    let tried = engine::tried(&candidates);
    let Selection { device: selected, reason, .. } = match engine::choose(&DeviceChoice::Auto) {
        Ok(choice) => choice,
        Err(error) => {
            complain(error);
            return ExitCode::from(FAILED);
        }
    };
    let mut output = Output::default();
    let widest = devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
    // Two equal GPUs are distinguished by their position: auto selects the first.
    let selected_index = devices.iter().position(|device| *device == selected);
    for (index, device) in devices.iter().enumerate() {
        let auto = Some(index) == selected_index;
        let trial = tried.iter().find(|tried| tried.device == *device).map(|tried| &tried.trial);
        if args.json {
            output.json(&DeviceLine {
                name: &device.name,
                kind: terms::kind_in_json(device.kind),
                driver: &device.driver,
                auto,
                reason: auto.then_some(reason.as_str()),
                megapixels_per_second: trial.and_then(Trial::megapixels),
                unusable: trial.and_then(Trial::refusal),
            });
        } else {
            let (mark, kind) = (if auto { '*' } else { ' ' }, terms::kind_in_words(device.kind));
            let speed = match trial {
                Some(Trial::Megapixels(megapixels)) => engine::rate(*megapixels),
                Some(Trial::Wrong(_) | Trial::Failed(_)) => "not used".into(),
                None => String::new(),
            };
            let line = format!("{mark} {:widest$}  {kind:14}  {speed:9}  {}", device.name, device.driver);
            output.line(line.trim_end());
        }
    }
    if !args.json {
        for DeviceTrial { device, trial } in &tried {
            if let Some(why) = trial.refusal() {
                output.line(format_args!("{} is not used: {why}", device.name));
            }
        }
        output.line(format_args!("* auto selects {}: {reason}", selected.name));
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}
