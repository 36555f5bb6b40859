//! Information for bug reports, to be copied. Nothing is sent.

use std::{env, fmt::Write, path::PathBuf};

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::log_file;
use crate::{engine::DeviceInfo, imaging::memory, state::Settings};

/// Number of log lines included.
const LOG_LINES: usize = 60;

/// Program, system, devices, settings and the end of the log, without names of photos. Blocks.
pub fn report(devices: Option<&[DeviceInfo]>, settings: &Settings, photos: &[PathBuf]) -> String {
    let refresh =
        RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()).with_memory(MemoryRefreshKind::nothing().with_ram());
    let or_unknown = |name: Result<String, sysinfo::Error>| name.unwrap_or_else(|_| "unknown".to_owned());
    let desktop = |name| env::var(name).unwrap_or_else(|_| "–".to_owned());
    let mut text = format!("Redawn {} ({})\n", env!("CARGO_PKG_VERSION"), env::consts::ARCH);
    // Writing into a string can't fail.
    let _ = writeln!(
        text,
        "System: {}, kernel {}",
        or_unknown(System::long_os_version()),
        or_unknown(System::kernel_version())
    );
    let _ = writeln!(text, "Desktop: {}, {}", desktop("XDG_CURRENT_DESKTOP"), desktop("XDG_SESSION_TYPE"));
    if let Ok(system) = System::new_with_specifics(refresh) {
        let cpu = system.cpus().first().map_or("", |cpu| cpu.brand()).trim();
        let memory = memory::format_bytes(system.total_memory());
        let _ = writeln!(text, "CPU: {cpu}, {} threads; memory: {memory}", system.cpus().len());
    }
    match devices {
        Some(devices) => devices.iter().for_each(|DeviceInfo { name, kind, driver }| {
            let _ = writeln!(text, "Device: {name} ({kind:?}) {driver}");
        }),
        None => text.push_str("Devices: not listed yet\n"),
    }
    let settings = settings.without_names();
    let _ = writeln!(text, "Settings: {}", serde_json::to_string(&settings).unwrap_or_default());
    let log = log_file::latest(LOG_LINES);
    if !log.is_empty() {
        let _ = write!(text, "The end of the log:\n{}\n", without_names(log, photos));
    }
    text
}

/// Removes names of photos, and the home folder, which contains the user's name.
fn without_names(mut text: String, photos: &[PathBuf]) -> String {
    for photo in photos {
        let names = [Some(photo.as_path()), photo.file_name().map(AsRef::as_ref), photo.parent()];
        for name in names.into_iter().flatten().filter_map(|name| name.to_str()).filter(|name| name.len() > 1) {
            text = text.replace(name, "[photo]");
        }
    }
    match etcetera::home_dir().ok().and_then(|home| home.to_str().map(str::to_owned)) {
        Some(home) if home.len() > 1 => text.replace(&home, "~"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DeviceKind;

    #[test]
    fn the_report_has_devices_and_settings_but_no_names() {
        let mut settings = Settings { device: "Painted GPU".into(), ..Settings::default() };
        settings.add_recent("/secret/owl.png".as_ref());
        settings.set_save_folder("/secret/owl-restored.png".as_ref());
        settings.add_preset("Grandma", Default::default());
        let device = DeviceInfo { name: "Painted GPU".into(), kind: DeviceKind::DiscreteGpu, driver: "Oil 1.2".into() };
        let text = report(Some(&[device]), &settings, &["/secret/owl.png".into()]);
        for included in [env!("CARGO_PKG_VERSION"), "Painted GPU (DiscreteGpu) Oil 1.2", "\"recipe\"", "threads"] {
            assert!(text.contains(included), "{included}: {text}");
        }
        for hidden in ["secret", "owl", "Grandma"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }

    #[test]
    fn names_are_removed_from_the_log() {
        let log = "/secret/my owl.png is no picture; my owl.png: no; /secret/other".to_owned();
        let text = without_names(log, &["/secret/my owl.png".into()]);
        assert_eq!(text, "[photo] is no picture; [photo]: no; [photo]/other");
    }
}
