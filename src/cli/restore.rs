//! `redawn restore`: one photo after the other through the worker.

use std::{path::Path, process::ExitCode, time::Instant};

use super::{
    FAILED, INTERRUPTED, RestoreArgs, WRONG_USAGE,
    args::DamagedArg,
    client::{Client, How, Stop},
    output::complain,
    report::{Audience, Done, Report},
    targets::{Destination, has_quality},
};
use crate::{
    engine::{self, DeviceChoice},
    imaging::{Allowance, IfExists, quoted},
    restore::{Compression, Noise},
    worker::{Measures, Outcome},
};

/// Restores every input, and goes on after those that fail.
pub fn run(args: &RestoreArgs) -> ExitCode {
    let destination = match Destination::new(&args.output, args.inputs.len()) {
        Ok(destination) => destination,
        Err(sentence) => {
            complain(sentence);
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let mut report = Report::new(audience(args), args.inputs.len());
    if let Err(sentence) = restore_all(args, &destination, &mut report) {
        report.refuse_all(&args.inputs, &sentence);
    }
    let counts = report.summary();
    if counts.cancelled > 0 {
        ExitCode::from(INTERRUPTED)
    } else if counts.failed > 0 || report.is_broken() {
        ExitCode::from(FAILED)
    } else {
        ExitCode::SUCCESS
    }
}

fn audience(args: &RestoreArgs) -> Audience {
    match (args.json, args.quiet) {
        (true, _) => Audience::Script,
        (false, true) => Audience::Nobody,
        (false, false) => Audience::Person,
    }
}

/// # Errors
/// A sentence for people when nothing can be begun, and so no input was.
fn restore_all(args: &RestoreArgs, destination: &Destination, report: &mut Report) -> Result<(), String> {
    // A name with a typing error is found before the first photo is read.
    if let DeviceChoice::Named(_) = args.device {
        engine::choose(&args.device).map_err(|error| error.to_string())?;
    }
    if let Some(sentence) = destination.missing_folder() {
        return Err(sentence);
    }
    let mut client = Client::start(engine::opener_on(args.threads.unwrap_or_default()))?;
    for (input, target) in args.inputs.iter().zip(&destination.targets(&args.inputs)) {
        if client.is_cancelled() {
            report.cancelled(input);
            continue;
        }
        report.start(input, target);
        if args.save_options().if_exists == IfExists::Skip && target.symlink_metadata().is_ok() {
            report.skipped(target);
            continue;
        }
        match restore_one(args, &mut client, input, target, report) {
            Ok(done) => report.done(&done),
            Err(Stop::Failed(sentence)) => report.failed(&sentence),
            Err(Stop::Cancelled) => report.cancelled(input),
        }
    }
    Ok(())
}

fn restore_one(
    args: &RestoreArgs,
    client: &mut Client,
    input: &Path,
    target: &Path,
    report: &mut Report,
) -> Result<Done, Stop> {
    let begin = Instant::now();
    if args.quality.is_some() && !has_quality(target) {
        report.notice(format!("--quality is for JPEG and WebP; {} is written without loss", quoted(target)));
    }
    let memory = args.memory.unwrap_or_default();
    let measure = Measures { noise: matches!(args.noise, Noise::Auto(_)), compression: args.jpeg == Compression::Auto };
    let (photo, noise) = match args.damaged {
        DamagedArg::Refuse => client.open(input, (memory, measure), |event| report.event(event))?,
        DamagedArg::Keep => client.open_damaged(input, (memory, measure), |event| report.event(event))?,
    };
    photo.metadata.damage.iter().for_each(|damage| report.notice(damage.notice()));
    let measured = noise.sigma();
    let found = photo.metadata.jpeg;
    let how = How { recipe: args.recipe(), device: args.device.clone(), tile: args.tile, memory };
    let to = (target, args.save_options());
    let how = match args.json {
        true => {
            let forecast = client.foretell(photo.clone(), noise.clone(), how.clone(), to)?;
            report.foretold(&forecast, how.recipe.quality(found));
            How { memory: Allowance::Granted, ..how }
        }
        // Nobody asks: what can't be done is refused all the same, before the work.
        false => how,
    };
    let (output, size, outcome) = client.restore_into(photo, noise, how, to, |event| report.event(event))?;
    let sigma = if outcome.clean { measured } else { outcome.sigma };
    let (strength, duration) = (args.recipe().strength, begin.elapsed());
    let Outcome { quality, clean, device, .. } = outcome;
    let source = found.quality().filter(|_| args.jpeg == Compression::Auto).map(|(_, source)| source);
    let jpeg = quality.map(|quality| (quality, source));
    Ok(Done { output, jpeg, sigma, clean, strength, device, duration, size })
}
