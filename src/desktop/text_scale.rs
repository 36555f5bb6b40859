//! The text size the desktop is set to, where the display does not tell it.
//!
//! X11 has it in the resolution that every window reads (`Xft.dpi`), so it is in the display's scale; under Wayland
//! the settings portal knows it. Of Windows and macOS the display's scale is followed.

/// How many times larger than usual the person wants to read; none where that is unknown. Asks another process:
/// not for the window's thread.
#[cfg(target_os = "linux")]
pub fn of_desktop() -> Option<f32> {
    use zbus::zvariant::{OwnedValue, Value};
    let answer: zbus::Result<OwnedValue> = pollster::block_on(async {
        let bus = zbus::Connection::session().await?;
        let portal = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop");
        let settings = Some("org.freedesktop.portal.Settings");
        let wanted = ("org.gnome.desktop.interface", "text-scaling-factor");
        bus.call_method(Some(portal.0), portal.1, settings, "Read", &wanted).await?.body().deserialize()
    });
    let mut value = Value::from(answer.inspect_err(|error| log::info!("no text size of the desktop: {error}")).ok()?);
    // A value in a value, as this call gives it.
    while let Value::Value(inner) = value {
        value = *inner;
    }
    match value {
        Value::F64(scale) if (0.5..=4.0).contains(&scale) => Some(scale as f32),
        _ => None,
    }
}

/// Unknown on this system.
#[cfg(not(target_os = "linux"))]
pub fn of_desktop() -> Option<f32> {
    None
}
