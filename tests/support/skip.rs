//! Skips tests that need something this machine lacks.

use std::{env, fmt::Display, io::Write};

/// Prints why a test is skipped.
///
/// # Panics
/// With `REDAWN_REQUIRE_ALL=1`, as in `.ci/run`: then a skipped test is a failure.
pub fn skip(reason: impl Display) {
    assert!(env::var_os("REDAWN_REQUIRE_ALL").is_none_or(|value| value != "1"), "skipped: {reason}");
    // Not captured by the test runner, unlike `eprintln`: a skipped test must be visible. Fails if stderr is closed.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
