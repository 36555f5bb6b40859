//! The progress bar of `restore` on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const SPINNER: &str = "{spinner} {prefix}  {msg}";
const BAR: &str = "{prefix}  {msg}  {wide_bar} {percent} %, {eta} left";

/// A spinner, until the total is known.
pub fn progress_bar(name: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(SPINNER) {
        bar.set_style(style);
    }
    bar.set_prefix(name);
    bar.set_message("Reading");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A bar with the percentage and the remaining time.
pub fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_valid() {
        for template in [SPINNER, BAR] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
