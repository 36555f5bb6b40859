//! What is made of the command line's definition for packages: manual pages, and completions for
//! shells. The scripts of `packaging/` ask for both, so neither can say what the program does not do.

use std::{fs, io, path::Path, process::ExitCode};

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Args, CompletionsArgs, FAILED, ManualArgs, output::Output, output::complain};

/// Writes one page for the program and one for each command.
pub fn manual(args: &ManualArgs) -> ExitCode {
    match write_pages(&args.folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let folder = args.folder.display();
            complain(format_args!("the manual pages can't be written into {folder} ({error}): name another folder"));
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
        // Without a date, so that the same source makes the same bytes. An empty one would get lost.
        Man::new(command.clone())
            .date(" ")
            .source(concat!("redawn ", env!("CARGO_PKG_VERSION")))
            .manual("Redawn")
            .generate_to(folder)?;
    }
    Ok(())
}

/// Prints what a shell needs to complete a command line.
pub fn completions(args: &CompletionsArgs) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "redawn", &mut script);
    let mut output = Output::default();
    // Line by line: what is printed is made harmless, an end of line too.
    for line in String::from_utf8_lossy(&script).lines() {
        output.line(line);
    }
    if output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}
