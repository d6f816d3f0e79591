//! `--context` and `--context-json`: artifacts on the command line, in the order in which they stand there.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use recipe_core::document::parse_json;
use serde_json::Value;

use crate::arguments::assignment::{Assignment, AssignmentParser};
use crate::terminal::one_line::one_line;
use crate::terminal::shorten::shorten;

const TEXT: &str = "context";
const JSON: &str = "context_json";

/// Artifacts by name. Of several with one name the last counts, whichever option it came from.
pub(crate) struct GivenArtifacts(Vec<Artifact>);

type Artifact = (String, Value);

impl GivenArtifacts {
    /// Names and values, in the order of the command line.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Args for GivenArtifacts {
    fn augment_args(command: Command) -> Command {
        let text = AssignmentParser::Shown
            .map(|given: Assignment| -> Artifact { (given.name, Value::String(given.value)) });
        command
            .arg(
                Arg::new(TEXT)
                    .long("context")
                    .value_name("NAME=VALUE")
                    .help(
                        "Set an artifact to a text; the recipe's `inputs` may convert it. Of several with one \
                         name the last counts",
                    )
                    .action(ArgAction::Append)
                    .value_parser(text),
            )
            .arg(
                Arg::new(JSON)
                    .long("context-json")
                    .value_name("NAME=JSON")
                    .help(
                        "Set an artifact to a JSON value. Of several with one name, those of --context \
                         included, the last counts",
                    )
                    .action(ArgAction::Append)
                    .value_parser(JsonParser),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for GivenArtifacts {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        // Each option knows its own values only; their places among all arguments bring them together.
        let mut placed: Vec<(usize, &Artifact)> = [TEXT, JSON]
            .into_iter()
            .flat_map(|option| {
                let places = matches.indices_of(option).unwrap_or_default();
                places.zip(matches.get_many(option).unwrap_or_default())
            })
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        Ok(Self(
            placed
                .into_iter()
                .map(|(_, artifact)| artifact.clone())
                .collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Reads `NAME=JSON`.
#[derive(Clone, Copy)]
struct JsonParser;

impl TypedValueParser for JsonParser {
    type Value = Artifact;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        given: &OsStr,
    ) -> Result<Artifact, Error> {
        let Assignment { name, value } =
            AssignmentParser::Shown.parse_ref(command, argument, given)?;
        match parse_json(&value) {
            Ok(value) => Ok((name, value)),
            Err(error) => {
                let name = one_line(&name);
                let message = format!("--context-json {name}: {error}{}\n", Shown(&value));
                Err(Error::raw(ErrorKind::ValueValidation, message).with_cmd(command))
            }
        }
    }
}

/// The beginning of what was given, where there is any: a shell may have taken the quotes out of it.
struct Shown<'v>(&'v str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MAX_WIDTH: usize = 41;
        let shown = shorten(&one_line(self.0), MAX_WIDTH);
        if shown.is_empty() {
            return Ok(());
        }
        write!(f, ": {shown}")
    }
}
