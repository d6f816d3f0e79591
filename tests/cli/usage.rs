//! Usage errors: exit code 2 and a line that describes the error.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn the_version_goes_to_standard_output() {
    let outcome = Folder::new().recipe("--version");
    assert_eq!(
        outcome.stdout(),
        concat!("recipe ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let outcome = Folder::new().recipe("run --help");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    let help = outcome.stdout();
    assert!(
        help.contains("Examples:") && help.contains("130 interrupted"),
        "{help}"
    );
}

#[test]
fn every_command_has_help() {
    for command in [
        "run",
        "runs",
        "runs prune",
        "show",
        "validate",
        "inputs",
        "graph",
        "schema",
        "steps",
        "init",
        "completions",
        "man",
    ] {
        let outcome = Folder::new().recipe(&format!("{command} --help"));
        assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""), "{command}");
        let help = outcome.stdout();
        assert!(help.contains(&format!("Usage: recipe {command}")), "{help}");
    }
    let help = Folder::new().recipe("init --help");
    assert_snapshot!(help, @"
    exit code 0
    --- stdout
    Begin a project: a recipe to run, the schema of recipes, and settings with which editors use it

    Usage: recipe init [DIR]

    Arguments:
      [DIR]  The folder of the project, which is made if it is missing [default: .]

    Options:
      -h, --help  Print help

    It makes hello.json, schemas/recipe.schema.json and .vscode/settings.json. No file is overwritten:
    where one of them has another content already nothing is changed at all.

    Exit codes:
      0 done, also where all was there before, 2 nothing could be made
    ");
}

#[test]
fn no_arguments_show_the_help_as_an_error() {
    let outcome = Folder::new().recipe("");
    assert_eq!((outcome.code(), &*outcome.stdout()), (2, ""));
    assert!(outcome.stderr().contains("Usage: recipe <COMMAND>"));
}

#[test]
fn an_assignment_requires_a_name_and_an_equals_sign() {
    assert_snapshot!(Folder::new().recipe("run r.json --context novalue"), @"
    exit code 2
    --- stderr
    error: --context takes NAME=VALUE, missing `=`: novalue
    ");
    assert_snapshot!(Folder::new().recipe("run r.json --context =x"), @"
    exit code 2
    --- stderr
    error: --context takes NAME=VALUE, the name before `=` is empty: =x
    ");
}

#[test]
fn a_configuration_value_is_never_shown() {
    assert_snapshot!(Folder::new().recipe("run r.json --config api_key:sk-live-1234"), @"
    exit code 2
    --- stderr
    error: --config takes NAME=VALUE, missing `=`
    ");
}

#[test]
fn unknown_commands_and_options_are_reported_with_the_nearest() {
    assert_snapshot!(Folder::new().recipe("rum r.json"), @"
    exit code 2
    --- stderr
    error: unrecognized subcommand 'rum'

      tip: some similar subcommands exist: 'runs', 'run', 'resume'

    Usage: recipe <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(Folder::new().recipe("run r.json --contxt a=b"), @"
    exit code 2
    --- stderr
    error: unexpected argument '--contxt' found

      tip: a similar argument exists: '--context'

    Usage: recipe run --context <NAME=VALUE> <RECIPE>

    For more information, try '--help'.
    ");
}

#[test]
fn quiet_and_verbose_are_mutually_exclusive() {
    assert_snapshot!(Folder::new().recipe("run r.json -q -v"), @"
    exit code 2
    --- stderr
    error: the argument '--quiet' cannot be used with '--verbose...'

    Usage: recipe run --quiet <RECIPE>

    For more information, try '--help'.
    ");
}

#[test]
fn a_missing_recipe_is_reported() {
    assert_snapshot!(Folder::new().recipe("run missing.json"), @"
    exit code 2
    --- stderr
    error: missing.json: recipe file not found
    ");
}

#[cfg(unix)]
#[test]
fn an_unreadable_recipe_is_reported() {
    let folder = Folder::new();
    // Not even root can read a link loop.
    std::os::unix::fs::symlink("loop.json", folder.path("loop.json")).unwrap();
    assert_snapshot!(folder.recipe("run loop.json"), @"
    exit code 2
    --- stderr
    error: loop.json: cannot read recipe file: Too many levels of symbolic links (os error 40)
    ");
    assert_snapshot!(folder.recipe("run ."), @"
    exit code 2
    --- stderr
    error: .: cannot read recipe file: Is a directory (os error 21)
    ");
}
