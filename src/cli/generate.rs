//! Manual pages and shell completions, generated from the command line's definition. Used by the scripts in
//! `packaging/`.

use std::{fs, io, path::Path, process::ExitCode};

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Args, CompletionsArgs, FAILED, ManualArgs, output::Output, output::complain};

/// Writes a manual page for the program and one for each command.
pub fn manual(args: &ManualArgs) -> ExitCode {
    match write_pages(&args.folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let folder = args.folder.display();
            complain(format_args!("the manual pages can't be written to {folder} ({error}): name another folder"));
            ExitCode::from(FAILED)
        }
    }
}

fn write_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut program = Args::command().disable_help_subcommand(true);
    program.build();
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    for command in std::iter::once(&program).chain(commands) {
        // Without a date, for reproducible builds. An empty date would be omitted.
        Man::new(command.clone())
            .date(" ")
            .source(concat!("redawn ", env!("CARGO_PKG_VERSION")))
            .manual("Redawn")
            .generate_to(folder)?;
    }
    Ok(())
}

/// Prints the completion script of a shell.
pub fn completions(args: &CompletionsArgs) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "redawn", &mut script);
    let mut output = Output::default();
    // Line by line, because control characters are replaced, line breaks included.
    for line in String::from_utf8_lossy(&script).lines() {
        output.line(line);
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}
