//! Reports tests that can't run on this machine.

use std::{env, fmt::Display, io::Write};

/// Reports why a test is skipped. With `REDAWN_REQUIRE_ALL=1`, as in `.ci/run`, that is a failure.
///
/// # Panics
/// If skips are not allowed.
pub fn skip(reason: impl Display) {
    assert!(env::var_os("REDAWN_REQUIRE_ALL").is_none_or(|value| value != "1"), "skipped: {reason}");
    // Bypasses the test runner's capture, so that skips are visible. A closed stderr is ignored.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
