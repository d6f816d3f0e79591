//! Output on a terminal, which the command `script` provides.

use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::harness::{Folder, settled};

/// Takes a second, after a warning about a field.
fn folder() -> Folder {
    Folder::new().file(
        "r.json",
        r#"[{"type": "parallel", "config": {"delay": 1, "sub": 1, "substeps": [
            {"type": "set_context", "config": {"key": "a", "value": "1"}},
            {"type": "set_context", "config": {"key": "a", "value": "1"}}
        ]}, "name": "two\nlines \u001b[2J"}]"#,
    )
}

/// Bytes that the program sends to a terminal of 60 columns and 10 lines.
fn sent(folder: &Folder, environment: &str, arguments: &str) -> String {
    let program = folder.command(arguments);
    let program = program.get_program().to_str().unwrap();
    let line = format!("stty cols 60 rows 10; {environment} {program} {arguments}");
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .current_dir(folder.path(""))
        .stdin(Stdio::null());
    folder.outcome(&mut script).stdout().replace("\r\n", "\n")
}

/// Lines that the terminal shows at the end, without durations.
fn lines_without_drawing(sent: &str) -> String {
    let last = sent.rsplit("\u{1b}[2K").next().unwrap();
    let last = last.trim_start_matches("\u{1b}[1A");
    settled(last, Path::new("/nowhere"))
}

#[test]
fn a_running_step_is_shown_and_then_gives_way_to_the_summary() {
    let sent = sent(&folder(), "TERM=xterm NO_COLOR=1", "run r.json");
    assert!(
        sent.contains("running r.json: 1 step done, 1 running, 0 s"),
        "{sent}"
    );
    assert!(
        sent.contains(r#"  0 parallel "two\nlines \u{1b}[2J": 1 of 2, "#),
        "{sent}"
    );
    // Nothing is coloured, and the name cannot control the terminal.
    for command in sent.split('\u{1b}').skip(1) {
        let end = command.find(char::is_alphabetic).unwrap();
        assert!(
            &command[end..=end] != "m" && &command[..=end] != "[2J",
            "{sent}"
        );
    }
    assert_snapshot!(lines_without_drawing(&sent), @r#"
    done       0 parallel "two\nlines \u{1b}[2J" ([time])
    3 steps done in [time]
    "#);
}

#[test]
fn lines_are_coloured_unless_disabled() {
    let sent = sent(&folder(), "TERM=xterm", "run r.json");
    assert!(
        sent.contains("\u{1b}[1;33mwarning:\u{1b}[0m r.json: "),
        "{sent}"
    );
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let sent = sent(&folder(), "TERM=dumb NO_COLOR=1", "run r.json");
    assert_snapshot!(lines_without_drawing(&sent), @r#"
    running    r.json
    warning: r.json: line 1, column 46: step 0 (parallel): unknown field: sub
    help: did you mean `substeps`?
    started    0 parallel "two\nlines \u{1b}[2J"
    started    0.substeps[0] set_context
    done       0.substeps[0] set_context ([time])
    started    0.substeps[1] set_context
    done       0.substeps[1] set_context ([time])
    done       0 parallel "two\nlines \u{1b}[2J" ([time])
    3 steps done in [time]
    "#);
}

#[test]
fn a_quiet_run_shows_nothing_on_a_terminal() {
    assert_eq!(sent(&folder(), "TERM=xterm", "run r.json -q"), "");
}

#[test]
fn a_list_of_stored_runs_fits_the_terminal() {
    let long = "x".repeat(100);
    let recipe =
        format!(r#"[{{"type": "read_file", "path": "\u001b[2J{long}", "artifact": "a"}}]"#);
    let folder = Folder::new().file("r.json", recipe);
    folder.recipe("run r.json -q --durable --store runs");
    let sent = sent(&folder, "TERM=xterm", "runs --store runs");
    assert_eq!(sent.lines().count(), 1, "{sent}");
    let line = sent.trim_end();
    assert!(line.chars().count() == 60 && line.ends_with('…'), "{sent}");
    // Without a terminal nothing is truncated.
    let all = folder.recipe("runs --store runs").stdout();
    assert!(all.contains(&long) && !all.contains('\u{1b}'), "{all}");
}
