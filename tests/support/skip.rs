//! Skipped tests are reported.

use std::{env, fmt::Display, io::Write};

/// Reports why a test is skipped. With `REDAWN_REQUIRE_ALL=1`, as in `.ci/run`, that is a failure.
///
/// # Panics
/// Where every test is required.
pub fn skip(reason: impl Display) {
    assert!(env::var_os("REDAWN_REQUIRE_ALL").is_none_or(|value| value != "1"), "skipped: {reason}");
    // Past the test runner's capture, so that a skip is visible.
    // Ignored if stderr is closed.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
