//! `recipe man`: the manual page.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn the_page_has_a_section_for_the_program_and_each_command() {
    let outcome = Folder::new().recipe("man");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    let page = outcome.stdout();
    let version = env!("CARGO_PKG_VERSION");
    assert!(page.starts_with(&format!(".TH RECIPE 1 \"\" \"recipe {version}\" ")));
    let headings: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with(".SH") || line.starts_with(".SS"))
        .collect();
    let help = Folder::new().recipe("--help").stdout();
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help");
    for command in commands {
        let heading = format!(".SH \"RECIPE {}\"", command.to_uppercase());
        assert!(headings.contains(&&*heading), "{command}: {headings:?}");
    }
    assert!(headings.contains(&".SH \"RECIPE RUNS PRUNE\""));
    assert!(page.contains(r"\-\-context\-json"), "{page}");
}

#[test]
fn a_short_command_is_described_in_full() {
    let page = Folder::new().recipe("man").stdout();
    let start = page.find(".SH \"RECIPE INPUTS\"").unwrap();
    let end = page[start + 1..].find(".SH").unwrap();
    assert_snapshot!(&page[start..start + 1 + end], @r#"
    .SH "RECIPE INPUTS"
    .SS SYNOPSIS
    \fBrecipe inputs\fR <\fIRECIPE\fR> 
    .SS DESCRIPTION
    List the inputs of a recipe: name, type, `required` or the default as JSON, description
    .SS OPTIONS
    .TP
    <\fIRECIPE\fR>
    The recipe file
    .PP
    A recipe without inputs prints nothing but a note on standard error.
    .PP
    .SS "EXIT CODES"
    0 done, 2 wrong usage or no valid recipe
    .br
    "#);
}
