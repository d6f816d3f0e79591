//! `recipe runs prune`: removes stored runs.

use std::fs;

use insta::assert_snapshot;

use crate::harness::Folder;
use crate::stored::{DONE, FAILS};

/// Directory with four runs: done, failed, done, failed.
fn four() -> Folder {
    let folder = Folder::new()
        .file("good.json", DONE)
        .file("bad.json", FAILS);
    for recipe in ["good.json", "bad.json", "good.json", "bad.json"] {
        folder.run_durably(recipe);
    }
    folder
}

/// Moves the start of a run into the past.
fn make_old(folder: &Folder, id: &str) -> String {
    let old = "20200102-030405-abcd";
    fs::rename(folder.path("runs").join(id), folder.path("runs").join(old)).unwrap();
    old.to_owned()
}

/// Lists the runs that these options remove, oldest first; a dry run lists them only.
fn removed(folder: &Folder, options: &str) -> Vec<String> {
    let before = folder.ids();
    let dry = folder.stored(&format!("runs prune --dry-run {options}"));
    assert_eq!(folder.ids(), before, "{options}");
    let outcome = folder.stored(&format!("runs prune {options}"));
    assert_eq!(
        (outcome.code(), &*outcome.stdout()),
        (0, &*dry.stdout()),
        "{options}"
    );
    let removed: Vec<String> = outcome.stdout().lines().map(str::to_owned).collect();
    let after = before.into_iter().filter(|id| !removed.contains(id));
    assert_eq!(folder.ids(), after.collect::<Vec<_>>(), "{options}");
    removed
}

#[test]
fn no_run_is_removed_without_criteria() {
    let folder = four();
    assert_snapshot!(folder.stored("runs prune"), @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      <--older-than <DURATION>|--keep <N>|--status <STATUS>>

    Usage: recipe runs prune --store <DIR> <--older-than <DURATION>|--keep <N>|--status <STATUS>>

    For more information, try '--help'.
    ");
    assert_eq!(folder.stored("runs prune --dry-run").code(), 2);
    assert_eq!(folder.ids().len(), 4);
}

#[test]
fn the_newest_runs_are_kept() {
    let folder = four();
    let ids = folder.ids();
    assert_eq!(removed(&folder, "--keep 3"), &ids[..1]);
    assert_eq!(removed(&folder, "--keep 3"), &[] as &[&str]);
    assert_eq!(removed(&folder, "--keep 0"), &ids[1..]);
    assert_snapshot!(folder.stored("runs prune --keep 0"), @"
    exit code 0
    --- stderr
    note: no run to remove in runs
    ");
}

#[test]
fn old_runs_can_be_removed() {
    let folder = four();
    let old = make_old(&folder, &folder.ids()[3]);
    assert_eq!(removed(&folder, "--older-than 9999years"), &[] as &[&str]);
    assert_eq!(removed(&folder, "--older-than 30d"), [old]);
    assert_eq!(removed(&folder, "--older-than 1h"), &[] as &[&str]);
}

#[test]
fn all_criteria_must_match() {
    let folder = four();
    let ids = folder.ids();
    assert_eq!(
        removed(&folder, "--status failed --older-than 1d"),
        &[] as &[&str]
    );
    assert_eq!(removed(&folder, "--status failed --keep 1"), [&*ids[1]]);
    assert_eq!(
        removed(&folder, "--status failed,done --keep 1"),
        [&*ids[0], &*ids[2]]
    );
}

#[test]
fn invalid_criteria_are_rejected_before_anything_is_removed() {
    let folder = four();
    for options in [
        "--older-than 30",
        "--older-than 30x",
        "--older-than=-1d",
        "--keep -1",
        "--status odd",
    ] {
        let outcome = folder.stored(&format!("runs prune --keep 0 {options}"));
        assert_eq!(outcome.code(), 2, "{options}");
    }
    assert_eq!(folder.ids().len(), 4);
    assert_snapshot!(folder.stored("runs prune --older-than 30"), @"
    exit code 2
    --- stderr
    error: invalid value '30' for '--older-than <DURATION>': write a number and a unit, such as 30d, 12h or 2 weeks

    For more information, try '--help'.
    ");
}

#[test]
fn the_id_of_an_unreadable_run_tells_its_start() {
    let folder = four();
    let old = make_old(&folder, &folder.ids()[0]);
    fs::write(folder.database(&old), "not a database").unwrap();
    let other = folder.ids()[3].clone();
    fs::write(folder.database(&other), "not a database").unwrap();
    assert_eq!(
        removed(&folder, "--status done,failed,interrupted --older-than 1d"),
        &[] as &[&str]
    );
    assert_eq!(removed(&folder, "--older-than 1d"), [old]);
    assert_eq!(removed(&folder, "--status unreadable"), [other]);
}

#[test]
fn a_run_that_cannot_be_removed_does_not_prevent_removing_others() {
    let folder = four();
    let folder = folder.file("runs/20200102-030405-abcd", "no folder");
    let ids = folder.ids();
    let outcome = folder.stored("runs prune --keep 3");
    assert_eq!(
        (outcome.code(), outcome.stdout()),
        (1, format!("{}\n", ids[1]))
    );
    assert_snapshot!(outcome.stderr(), @"error: cannot use directory runs/[run]: Not a directory (os error 20)");
}

#[cfg(unix)]
#[test]
fn the_target_of_a_link_is_not_removed() {
    let folder = Folder::new()
        .file("precious/run.db", "precious")
        .file("runs/x", "");
    std::os::unix::fs::symlink(
        folder.path("precious"),
        folder.path("runs/20200102-030405-abcd"),
    )
    .unwrap();
    folder.stored("runs prune --keep 0");
    assert_eq!(folder.read("precious/run.db"), "precious");
}

#[cfg(unix)]
#[test]
fn a_running_run_is_not_removed() {
    use crate::stored::{RunAtWork, SLOW};
    let folder = four().file("slow.json", SLOW);
    let at_work = RunAtWork::start(&folder);
    let ids = folder.ids();
    for options in ["--keep 0 --dry-run", "--keep 0"] {
        let outcome = folder.stored(&format!("runs prune {options}"));
        assert_eq!(outcome.stdout().lines().collect::<Vec<_>>(), &ids[..4]);
        assert_eq!(outcome.code(), 0);
        let note = "note: not removed: run is locked by another process: [run]\n";
        assert_eq!(outcome.stderr(), note);
    }
    assert_eq!(folder.ids(), &ids[4..]);
    drop(at_work);
    assert_eq!(removed(&folder, "--status interrupted"), &ids[4..]);
}
