//! What the program can be asked to do. The doc comments here are the help texts.

pub(crate) mod assignment;
mod deferred;
pub(crate) mod destination;
pub(crate) mod destinations;
pub(crate) mod given_artifacts;
mod store;
mod stored;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::{Deserialize, Serialize};

use crate::arguments::assignment::{Assignment, AssignmentParser};
use crate::arguments::destination::Destination;
use crate::arguments::destinations::Destinations;
use crate::arguments::given_artifacts::GivenArtifacts;

pub(crate) use deferred::Deferred;
pub(crate) use store::StoreArgument;
pub(crate) use stored::{
    Criteria, ListArguments, PruneArguments, RunsArguments, RunsCommand, ShowArguments, Status,
};

/// Runs recipes: lists of steps that share a context.
#[derive(Parser)]
#[command(name = "recipe", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command of the program. `runs` is not deferred: who goes through the commands would not see those that it has in
/// turn.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run a recipe.
    Run(Deferred<RunArguments>),
    /// Go on with a durable run that failed or was interrupted: what had finished is not run again.
    Resume(Deferred<ResumeArguments>),
    /// List the durable runs that are stored, or remove some.
    Runs(RunsArguments),
    /// Show a stored run: what is known of it, and its steps.
    Show(Deferred<ShowArguments>),
    /// Check recipes without running them: that they parse, and that every step and field exists and fits.
    #[command(after_help = VALIDATE_NOTES)]
    Validate(Deferred<ValidateArguments>),
    /// Offer recipes as tools to agents: a server of the Model Context Protocol.
    #[cfg(feature = "llm")]
    #[command(after_help = MCP_NOTES)]
    Mcp(Deferred<McpArguments>),
    /// List the inputs of a recipe: name, type, `required` or the default as JSON, description.
    #[command(after_help = INPUTS_CODES)]
    Inputs(Deferred<InputsArguments>),
    /// Print a graph of a recipe: its steps in order, and the recipes that it calls.
    #[command(after_help = GRAPH_EXAMPLES)]
    Graph(Deferred<GraphArguments>),
    /// Print the JSON Schema of recipes, or of the configuration of one step type.
    Schema(Deferred<SchemaArguments>),
    /// List the step types.
    Steps,
    /// Begin a project: a recipe to run, the schema of recipes, and settings with which editors use it.
    #[command(after_help = INIT_NOTES)]
    Init(Deferred<InitArguments>),
    /// Print a script with which a shell completes commands and options.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(Deferred<CompletionsArguments>),
    /// Print the manual page, as roff.
    #[command(after_help = MAN_EXAMPLES)]
    Man,
}

/// How to run a recipe.
#[derive(Args)]
#[command(after_help = RUN_EXAMPLES, mut_arg("store", |store| store.requires("durable")))]
pub(crate) struct RunArguments {
    /// The recipe file: JSON, YAML, or Markdown with a ```json block.
    pub(crate) recipe: PathBuf,

    /// Artifacts from --context and --context-json, which have their help texts where they are read.
    #[command(flatten)]
    pub(crate) context: GivenArtifacts,

    /// Set artifacts from a file that holds a JSON object; --context and --context-json override them.
    #[arg(long, value_name = "FILE")]
    pub(crate) context_file: Option<PathBuf>,

    /// Set a configuration value, such as an API key. Of several with one name the last counts.
    #[arg(long, value_name = "NAME=VALUE", value_parser = AssignmentParser::Hidden)]
    pub(crate) config: Vec<Assignment>,

    /// Print what would be done, with the values that are known beforehand, and do nothing.
    #[arg(long, conflicts_with_all = ["destinations", "log_dir", "verbose", "durable"])]
    pub(crate) dry_run: bool,

    /// With --dry-run, print the requests that would be sent to language models as well, with keys masked.
    #[cfg(feature = "llm")]
    #[arg(long, requires = "dry_run")]
    pub(crate) show_requests: bool,

    /// Store what each step has done, so that `recipe resume` can go on with the run wherever it stopped.
    #[arg(long)]
    pub(crate) durable: bool,

    /// Where durable runs are stored.
    #[command(flatten)]
    pub(crate) store: StoreArgument,

    /// When what steps have done is on the disk.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Durability::Step, requires = "durable")]
    pub(crate) durability: Durability,

    /// Refuse unknown fields instead of warning of them.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Refuse recipes with steps that run programs: `command`, `shell`, and those that start servers of tools.
    #[arg(long)]
    pub(crate) no_commands: bool,

    /// Where results go, and what is shown.
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Which run to resume, and how.
#[derive(Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub(crate) struct ResumeArguments {
    /// The id of the run, its beginning, or its last four letters [default: the newest run that is neither done nor
    /// running].
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,

    /// Where durable runs are stored.
    #[command(flatten)]
    pub(crate) store: StoreArgument,

    /// Go on although recipes have changed: steps that are the same are not run again.
    #[arg(long)]
    pub(crate) accept_changes: bool,

    /// Set a configuration value, such as an API key: secrets are not stored, so that those given to `recipe run` have
    /// to be given again. Of several with one name the last counts.
    #[arg(long, value_name = "NAME=VALUE", value_parser = AssignmentParser::Hidden)]
    pub(crate) config: Vec<Assignment>,

    /// Where results go, and what is shown: what is not given is as it was.
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Where results go, and what is shown.
#[derive(Args)]
pub(crate) struct OutputArguments {
    #[command(flatten)]
    pub(crate) destinations: Destinations,

    /// Add to debug.log, info.log and error.log in this folder, which is made if it is missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) log_dir: Option<PathBuf>,

    /// How to write the records in the files of --log-dir.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text, requires = "log_dir")]
    pub(crate) log_format: LogFormat,

    /// Print every step, also where standard error is no terminal; twice prints why each failed, too.
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Show errors only: no progress, no warnings, no summary.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// When what steps have done is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Durability {
    /// Before the next step: nothing that has ended is done again.
    Step,
    /// Ten times a second: faster, and what has ended since is done again after a crash.
    Batch,
}

/// What log records are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line: `time`, `level`, `path` and `type` of the step, `message`, other `fields`.
    Json,
}

/// Which recipes to check.
#[derive(Args)]
pub(crate) struct ValidateArguments {
    /// The recipe files, and folders to search for them.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// How to print what is wrong.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub(crate) format: ReportFormat,

    /// Fail where there is nothing worse than warnings, too.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// How `recipe validate` prints what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// With the lines of the text, on standard error.
    Human,
    /// A list of objects, on standard output.
    Json,
    /// SARIF 2.1.0 for code scanners, on standard output.
    Sarif,
}

/// Which schema to print.
#[derive(Args)]
pub(crate) struct SchemaArguments {
    /// A step type, as `recipe steps` lists them; without one the schema of whole recipes is printed.
    #[arg(value_name = "TYPE")]
    pub(crate) step_type: Option<String>,

    /// Write it to this file, whole or not at all, instead of printing it; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<Destination>,
}

/// Which recipes to offer as tools, and how.
#[cfg(feature = "llm")]
#[derive(Args)]
pub(crate) struct McpArguments {
    /// The recipe files, and folders to search for recipes that have a `name`.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Listen at this port of this machine, over streamable HTTP, instead of speaking over standard input and output; 0 is
    /// any free port.
    #[arg(long, value_name = "PORT")]
    pub(crate) http: Option<u16>,

    /// Set a configuration value, such as an API key, for all runs. Of several with one name the last counts.
    #[arg(long, value_name = "NAME=VALUE", value_parser = AssignmentParser::Hidden)]
    pub(crate) config: Vec<Assignment>,

    /// Refuse unknown fields.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Refuse recipes with steps that run programs: `command`, `shell`, and those that start servers of tools.
    #[arg(long)]
    pub(crate) no_commands: bool,
}

/// Whose inputs to list.
#[derive(Args)]
pub(crate) struct InputsArguments {
    /// The recipe file.
    pub(crate) recipe: PathBuf,
}

/// Which recipe to draw, and how.
#[derive(Args)]
pub(crate) struct GraphArguments {
    /// The recipe file. Steps that this program does not know are drawn, too.
    pub(crate) recipe: PathBuf,

    /// What to write the graph in.
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
    pub(crate) format: GraphFormat,
}

/// What a graph is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A flowchart, for a ```mermaid block in Markdown.
    Mermaid,
    /// The language of Graphviz, which has no limit of size.
    Dot,
}

/// Where to begin a project.
#[derive(Args)]
pub(crate) struct InitArguments {
    /// The folder of the project, which is made if it is missing.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// For whom to print completions.
#[derive(Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    pub(crate) shell: Shell,
}

const RUN_EXAMPLES: &str = "\
Examples:
  recipe run hello.json
  recipe run report.json --context title='Third quarter' --context-out result.json
  recipe run report.json --context-file inputs.json --context-out - | jq .summary
  recipe run nightly.json --log-dir logs -q
  recipe run nightly.json --dry-run --context date=today
  recipe run nightly.json --events - | jq 'select(.event == \"step_failed\")'
  recipe run nightly.json --report run.html --trace run.trace.json
  recipe run nightly.json --durable

A file named .env in the working directory adds environment variables for `env_vars`.

The file of --events is made new. A line stands in it half a second after its event at the latest, and all lines do when \
the program ends. Where they cannot be written the run goes on and the program ends with 1.

Ctrl-C, SIGTERM or the closing of the terminal stops the run, which then tells where it stood and writes --context-out; \
a second one ends it at once.

Exit codes:
  0 done, 1 the run failed, 2 wrong usage or no valid recipe, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP)";

const RESUME_EXAMPLES: &str = "\
Examples:
  recipe run --durable nightly.json
  recipe resume
  recipe resume k3f9 --report run.html
  recipe resume 20261124-225014-k3f9 --config api_key=\"$KEY\" --accept-changes

The run goes on in the folder in which it began, with the artifacts it began with. Steps that had finished are not run \
again; half-done parallels, loops, branches and called recipes are carried on inside. A step that was under way when the \
process ended runs from its beginning. One process at a time can be at work on a run.

Exit codes:
  0 done, 1 the run failed, 2 wrong usage, no such run, a recipe that has changed, or no valid recipe, \
130 interrupted (Ctrl-C, SIGTERM, SIGHUP)";

#[cfg(feature = "llm")]
const MCP_NOTES: &str = "\
Each recipe is a tool: its `name` and `description` are the tool's, its `inputs` the parameters, and the artifacts named in \
its `outputs` the result. A file that is named is a tool without a `name`, too. Two more tools check a recipe and list the \
step types. Recipes are read anew at each request.

No recipe file outside the folders that are given, or in which the given files lie, is run, whoever calls it. A client that \
cancels a call, or goes away, stops its run.

Clients of the protocol's revisions from 2024-11-05 to 2025-11-25 and of 2026-07-28 are served. A message may have 16 MiB, and \
over HTTP 4 MiB.

Examples:
  recipe mcp recipes
  recipe mcp report.json --no-commands
  recipe mcp recipes --http 8420

Exit codes:
  0 the client has gone, 2 wrong usage, or nothing to serve, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP)";

const INPUTS_CODES: &str = "\
A recipe without inputs prints nothing but a note on standard error.

Exit codes:
  0 done, 2 wrong usage or no valid recipe";

const GRAPH_EXAMPLES: &str = "\
Examples:
  recipe graph main.json > main.mmd
  recipe graph main.json --format dot | dot -Tsvg > main.svg

A recipe that is called is drawn once, however often it is called. Calls of files that are not there, or whose paths \
are templates, have a broken outline.

Exit codes:
  0 done, 2 wrong usage or a recipe that does not parse";

const INIT_NOTES: &str = "\
It makes hello.json, schemas/recipe.schema.json and .vscode/settings.json. No file is overwritten: where one of them \
has another content already nothing is changed at all.

Exit codes:
  0 done, also where all was there before, 2 nothing could be made";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  recipe completions bash > ~/.local/share/bash-completion/completions/recipe
  recipe completions zsh > ~/.zfunc/_recipe
  recipe completions fish > ~/.config/fish/completions/recipe.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  recipe man > ~/.local/share/man/man1/recipe.1";

const VALIDATE_NOTES: &str = "\
A file that is named is checked whatever it is called. A folder is searched, with the folders in it, for recipes among \
its .json, .yaml and .yml files: objects with `steps` that have a `type`, and lists in which a known step type stands. \
A file that does not parse counts if a known step type stands in it or if it lies in a folder `recipes`; one called \
*.recipe.json or *.recipe.yaml always does. Hidden files and folders, node_modules and target are passed over.

Examples:
  recipe validate
  recipe validate recipes nightly.md --deny-warnings
  recipe validate --format sarif > recipes.sarif

Exit codes:
  0 nothing but warnings, 1 errors, 2 wrong usage or a file or folder that cannot be read";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_command_says_what_it_does_also_once_its_arguments_are_defined() {
        let abouts = |command: &clap::Command| -> Vec<String> {
            let abouts = command.get_subcommands().map(clap::Command::get_about);
            abouts.map(|about| about.unwrap().to_string()).collect()
        };
        let mut command = Arguments::command().disable_help_subcommand(true);
        let before = abouts(&command);
        command.build();
        assert_eq!(abouts(&command), before);
        assert!(before.contains(&"Run a recipe".to_owned()), "{before:?}");
    }
}
