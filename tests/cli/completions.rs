//! `recipe completions`: scripts for shells.

use std::process::{Command, Stdio};

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = Folder::new().recipe(&format!("completions {shell}"));
        assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""), "{shell}");
        let script = outcome.stdout();
        for word in ["validate", "context-json", "recipe"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_and_shells() {
    let script = Folder::new().recipe("completions bash").stdout();
    let folder = Folder::new().file("recipe.bash", script);
    let bash = |text: &str| {
        let mut command = Command::new("bash");
        command.args(["--norc", "-c", text]).stdin(Stdio::null());
        command.current_dir(folder.path(""));
        folder.outcome(&mut command)
    };
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    let completed = |words: &str, last: usize| {
        bash(&format!(
            "source ./recipe.bash && COMP_WORDS=({words}) COMP_CWORD={last} && \
             _recipe recipe \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last} - 1]}}\" && echo \"${{COMPREPLY[@]}}\""
        ))
    };
    assert_snapshot!(completed("recipe in", 1), @"
    exit code 0
    --- stdout
    inputs init
    ");
    assert_snapshot!(completed("recipe run --context", 2), @"
    exit code 0
    --- stdout
    --context --context-json --context-file --context-out
    ");
    assert_snapshot!(completed("recipe runs p", 2), @"
    exit code 0
    --- stdout
    prune
    ");
    assert_snapshot!(completed("recipe completions ''", 2), @"
    exit code 0
    --- stdout
    -h --help bash elvish fish powershell zsh
    ");
}

#[test]
fn an_unknown_shell_is_reported_with_the_known_ones() {
    assert_snapshot!(Folder::new().recipe("completions tcsh"), @"
    exit code 2
    --- stderr
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ");
    assert_snapshot!(Folder::new().recipe("completions"), @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      <SHELL>

    Usage: recipe completions <SHELL>

    For more information, try '--help'.
    ");
}
