//! `recipe steps`: the table of step types.

use crate::harness::Folder;

#[test]
fn every_step_type_has_a_line_with_its_description() {
    let outcome = Folder::new().recipe("steps");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    let table = outcome.stdout();
    let line = table
        .lines()
        .find(|line| line.starts_with("parallel "))
        .unwrap();
    assert!(line.contains("Runs substeps concurrently"), "{line}");
    for line in table.lines() {
        let (name, description) = line.split_once("  ").unwrap();
        assert!(!name.is_empty() && !description.trim().is_empty(), "{line}");
        assert!(!description.ends_with('.'), "{line}");
    }
}
