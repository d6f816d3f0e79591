//! What can be asked about stored runs: `recipe runs`, `recipe runs prune`, `recipe show`.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Span, ZonedDateTime};
use recipe_journal::RunStatus;
use serde::Serialize;

use super::store::StoreArgument;
use crate::arguments::destination::Destination;

/// Which stored runs to list, or what else to do with them.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    subcommand_value_name = "COMMAND",
    after_help = RUNS_NOTES
)]
pub(crate) struct RunsArguments {
    /// What to do instead of listing them.
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,

    /// Which ones to list.
    #[command(flatten)]
    pub(crate) list: ListArguments,
}

/// What can be done with stored runs.
#[derive(Subcommand)]
pub(crate) enum RunsCommand {
    /// Remove stored runs, the oldest first, and print the id of each.
    #[command(after_help = PRUNE_NOTES)]
    Prune(PruneArguments),
}

/// Which stored runs to list.
#[derive(Args)]
pub(crate) struct ListArguments {
    /// List runs of this status only; of several, separated by commas, runs of each.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) status: Vec<Status>,

    /// List runs only whose recipe has this in its path.
    #[arg(long, value_name = "TEXT")]
    pub(crate) recipe: Option<String>,

    /// List so many runs at most.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Print them as a JSON list of objects.
    #[arg(long)]
    pub(crate) json: bool,

    /// Where they are.
    #[command(flatten)]
    pub(crate) store: StoreArgument,
}

/// Which stored runs to remove.
#[derive(Args)]
pub(crate) struct PruneArguments {
    /// What has to hold.
    #[command(flatten)]
    pub(crate) criteria: Criteria,

    /// Print the ids and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Where they are.
    #[command(flatten)]
    pub(crate) store: StoreArgument,
}

/// What has to hold for a run to be removed: all of it that is given, and something has to be.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Criteria {
    /// Remove runs only that began longer ago than this, such as 30d, 12h or "2 weeks".
    #[arg(long, value_name = "DURATION")]
    pub(crate) older_than: Option<Age>,

    /// Keep the newest N of all runs.
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,

    /// Remove runs of this status only; of several, separated by commas, runs of each.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) status: Vec<Status>,
}

/// Which run to show, and how.
#[derive(Args)]
#[command(after_help = SHOW_NOTES)]
pub(crate) struct ShowArguments {
    /// The id of the run, its beginning, or its last four letters [default: the newest run].
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,

    /// Print it as a JSON object.
    #[arg(long, conflicts_with = "report")]
    pub(crate) json: bool,

    /// Write it as one HTML page to open in a browser, as `recipe run --report` does, and print nothing; `-` is standard
    /// output.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<Destination>,

    /// Where it is.
    #[command(flatten)]
    pub(crate) store: StoreArgument,
}

/// How a stored run stands, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// A process is at work on it.
    Running,
    /// It has come to its end.
    Done,
    /// A step has failed.
    Failed,
    /// Someone stopped it, or its process was killed.
    Interrupted,
    /// What is stored of it is damaged, or in the format of another version.
    Unreadable,
}

impl From<RunStatus> for Status {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Running => Self::Running,
            RunStatus::Done => Self::Done,
            RunStatus::Failed => Self::Failed,
            RunStatus::Interrupted => Self::Interrupted,
            status => unreachable!("this version knows no other status: {status}"),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// How long ago something was: days, weeks and months are those of the calendar.
///
/// Recipes write times as seconds; whoever tidies up thinks in days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Age(Span);

impl Age {
    /// The moment that is so long ago. `None` if there was no such time.
    pub(crate) fn before(self, now: &ZonedDateTime) -> Option<SystemTime> {
        now.checked_sub(self.0).ok()?.try_into().ok()
    }
}

impl FromStr for Age {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<Span>() {
            Ok(span) if !span.is_negative() => Ok(Self(span)),
            _ => Err("write a number and a unit, such as 30d, 12h or 2 weeks"),
        }
    }
}

const RUNS_NOTES: &str = "\
The newest run comes first, each on a line: its id, its status, when it began, how long processes were at work on it, \
its recipe, and why it failed. A run that cannot be read is listed as `unreadable` and does not keep the others from being shown; \
--recipe leaves it out.

The objects of --json have the fields `id`, `recipe`, `recipe_hash`, `folder`, `status`, `began`, `ended` (RFC 3339), \
`duration` (seconds; a process that was killed counts until it last noted something), `error`, `sessions` (a list of `began` and `ended`, one for each process that was at work on the \
run) and `counts` (how many steps there are, by their state). What is not known is null.

Examples:
  recipe runs
  recipe runs --status failed,interrupted --recipe nightly
  recipe runs --json | jq -r '.[] | select(.duration > 60) | .id'
  recipe runs prune --older-than 30d --status done

Exit codes:
  0 done, also where there are no runs, 1 the list cannot be printed, 2 wrong usage or a store that cannot be read";

const PRUNE_NOTES: &str = "\
A run is removed if everything holds that is given. Runs that a process is at work on are never removed. Of runs that \
cannot be read their ids tell when they began; --status removes them if it is `unreadable`.

Examples:
  recipe runs prune --older-than 30d
  recipe runs prune --older-than 12h --status done --dry-run
  recipe runs prune --keep 100

Exit codes:
  0 done, also where there was nothing to remove, 1 a run could not be removed, 2 wrong usage or a store that cannot be \
read";

const SHOW_NOTES: &str = "\
It prints what is known of the run and then its steps, each below the one that it ran inside: its state, what its address \
adds to that of the step around it, its type, its name, and how long it took. What went wrong stands below the step. A run \
that is still going on is shown as far as it is.

The object of --json has the fields of `recipe runs --json`, `artifacts`, those that the run began with, and `steps`: a \
list of objects with `path`, `type`, `name`, `state`, `began`, `duration` (seconds), `error`, `attempts` (how many were \
begun), `failures` (those that were not the end of the step: `at`, `attempt`, `attempts`, `delay`, `error`), `usage` (what \
it used of language models, if anything: `requests`, `input_tokens`, `output_tokens`), `tool_calls` (the tools that it \
called, if any: `tool`, `began`, `duration`, `arguments`, and `result` or `error`, what the tool said) and `changes` (the artifacts that it \
changed: `name` and either `set`, the value, or `added`, what was added to a list, text or object, or `removed`, true).

Examples:
  recipe show
  recipe show k3f9 --report run.html
  recipe show 20261124-225014 --json | jq '.steps[] | select(.state == \"failed\")'

Exit codes:
  0 done, 1 the output cannot be written, 2 wrong usage, no such run, or one that cannot be read";

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        let now = "2026-03-31T12:00:00Z".parse::<Timestamp>().unwrap();
        let now = now.to_zoned_datetime(TimeZone::UTC);
        let before = |text: &str| {
            let before = text.parse::<Age>().unwrap().before(&now)?;
            Some(Timestamp::try_from(before).unwrap().to_string())
        };
        let ages = [
            "30d",
            "12h",
            "2 weeks",
            "1 month",
            "1d 12h",
            "0s",
            "15000 years",
        ];
        let ages = ages.map(|age| format!("{age}: {}\n", before(age).unwrap_or_default()));
        insta::assert_snapshot!(ages.concat(), @"
        30d: 2026-03-01T12:00:00Z
        12h: 2026-03-31T00:00:00Z
        2 weeks: 2026-03-17T12:00:00Z
        1 month: 2026-02-28T12:00:00Z
        1d 12h: 2026-03-30T00:00:00Z
        0s: 2026-03-31T12:00:00Z
        15000 years:
        ");
        for nonsense in [
            "",
            "30",
            "d",
            "-1d",
            "1d ago",
            "30 parsecs",
            "1e400d",
            "99999999999999999999d",
        ] {
            assert!(nonsense.parse::<Age>().is_err(), "{nonsense}");
        }
    }
}
