//! `redawn devices`: lists the devices, and which one `auto` selects.

use std::process::ExitCode;

use serde::Serialize;

use super::{DevicesArgs, FAILED, output::Output, output::complain, terms};
use crate::engine::{self, DeviceChoice};

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
}

/// Prints every device.
pub fn run(args: &DevicesArgs) -> ExitCode {
    let devices = engine::list_devices();
    let (selected, reason) = match engine::choose(&DeviceChoice::Auto) {
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
        if args.json {
            output.json(&DeviceLine {
                name: &device.name,
                kind: terms::kind_in_json(device.kind),
                driver: &device.driver,
                auto,
                reason: auto.then_some(reason.as_str()),
            });
        } else {
            let (mark, kind) = (if auto { '*' } else { ' ' }, terms::kind_in_words(device.kind));
            let line = format!("{mark} {:widest$}  {kind:14}  {}", device.name, device.driver);
            output.line(line.trim_end());
        }
    }
    if !args.json {
        output.line(format_args!("* auto selects {}: {reason}", selected.name));
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}
