//! The desktop's text scale, if the display's scale does not include it.
//!
//! On X11 it does (`Xft.dpi`). On Wayland it is read from the settings portal. On Windows and macOS only the display's
//! scale is used.

/// The desktop's text scale, 0.5–4. None if unknown. Blocks.
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
    // This call returns a variant in a variant.
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
