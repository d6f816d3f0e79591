//! Checks the wording of comments, strings and documents by the rules in `CONTRIBUTING.md`.

mod comments;

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use comments::{DOC_ATTRIBUTE, comments};

const MAX_COLUMNS: usize = 100;
const DOC_START: &str = "start doc comments with a verb or a noun, as in `Failure tolerance.`";
const FORBIDDEN: &str = "what who where how why one of whoever whatever those when that";

/// Reports each break of a rule, or with `count` how doc comments begin.
pub(crate) fn run(root: &Path, count: bool) -> io::Result<ExitCode> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listed = git.current_dir(root).output()?.stdout;
    let (mut total, mut forbidden, mut problems) = (0, 0, 0);
    for path in String::from_utf8_lossy(&listed).lines() {
        let extension = path.rsplit('.').next().unwrap_or_default();
        let is_source = ["rs", "js", "mjs", "py", "sh", "toml", "md"].contains(&extension);
        let is_checked = is_source || (extension == "json" && path.starts_with("schemas/"));
        // Listed files may be deleted already. Recorded cases keep their words.
        if !is_checked || path.starts_with("tests/conformance/") || !root.join(path).is_file() {
            continue;
        }
        let text = fs::read_to_string(root.join(path))?;
        if extension == "rs" {
            let starts = doc_starts(&comments(&text));
            total += starts.len();
            forbidden += starts
                .into_iter()
                .filter(|(_, word)| is_forbidden(word))
                .count();
        }
        let found = check(&text, extension);
        problems += found.len();
        for (line, problem) in found.into_iter().filter(|_| !count) {
            println!("{path}:{line}: {problem}");
        }
    }
    let share = 100.0 * forbidden as f64 / total.max(1) as f64;
    println!("{total} doc comments, {forbidden} ({share:.1} %) begin with a forbidden word");
    println!("{problems} problems");
    Ok(ExitCode::from(u8::from(problems > 0 && !count)))
}

/// Breaks of the rules in a file, each with its line.
fn check(text: &str, extension: &str) -> Vec<(usize, String)> {
    let mut found = negations(text);
    let mut commented: Vec<usize> = Vec::new();
    if extension == "rs" {
        let comments = comments(text);
        for (line, word) in doc_starts(&comments) {
            if is_forbidden(word) {
                found.push((line, format!("{DOC_START}, not `{word}`")));
            }
        }
        let lines = |(first, text): &(usize, &str)| (*first..).take(text.lines().count());
        commented.extend(comments.iter().flat_map(lines));
    } else if !matches!(extension, "md" | "json") {
        let starts = |line: &str| ["#", "//", "* "].iter().any(|mark| line.starts_with(*mark));
        let lines = (1..).zip(text.lines().map(str::trim_start));
        commented.extend(lines.filter_map(|(number, line)| starts(line).then_some(number)));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let columns = line.chars().count();
        if columns > MAX_COLUMNS && commented.contains(&number) {
            found.push((number, format!("break comments at 100, not {columns}")));
        }
    }
    found.sort();
    found
}

fn is_forbidden(word: &str) -> bool {
    FORBIDDEN.split(' ').any(|it| it == word.to_lowercase())
}

/// First word of each doc comment, with its line. Lines that follow one another are one comment.
fn doc_starts<'a>(comments: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    let mut starts = Vec::new();
    let mut previous = None;
    for &(line, text) in comments {
        let is_marked = |marker: &&str| text.starts_with(marker) && !text.starts_with("////");
        let markers = ["///", "//!", "/**", "/*!", DOC_ATTRIBUTE];
        let Some(marker) = markers.into_iter().find(is_marked) else {
            continue;
        };
        let continues = previous == Some((line - 1, marker)) && marker.starts_with("//");
        previous = Some((line, marker));
        let mut words = text[marker.len()..].split(|char: char| !char.is_alphabetic());
        let word = words.find(|word| !word.is_empty()).unwrap_or_default();
        if !continues {
            starts.push((line, word));
        }
    }
    starts
}

/// Each verb that is followed by "no", also across lines, with the line it ends on.
fn negations(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        words.extend(line.split_whitespace().map(|word| (number, word)));
    }
    words.retain(|(_, word)| word.contains(char::is_alphanumeric));
    words.push((0, ""));
    let mut found = Vec::new();
    for three in words.windows(3) {
        let [(_, verb), (line, no), (_, after)] = three else {
            continue;
        };
        let verb = verb.trim_start_matches(|char: char| !char.is_alphabetic());
        let is_verb = ["is", "are", "was", "were"].contains(&verb.to_lowercase().as_str());
        if is_verb && *no == "no" && !["longer", "longer,", "more"].contains(after) {
            found.push((*line, format!("write `{verb} not a …`, not `{verb} no`")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a text in which `_` is a space, so that the task finds nothing in these tests.
    fn lines(text: &str, extension: &str) -> Vec<usize> {
        let found = check(&text.replace('_', " "), extension);
        found.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn doc_comments_that_start_with_a_forbidden_word_are_found_in_each_form() {
        let text = "//!_What_is\n\n///_Runs.\n///_How_it_does.\n///\nfn a()_{}\n/**_Those */\n\
                    #[doc_=_\"Whoever runs\"]\nconst C: &str_=_\"/// Who\"; // Of\n\
                    ///_`Of`_a_kind\n\nconst R:_&str_=_r#\"\"///_Why\"#; /* /* */ ///_One */ ///_`One`\n";
        assert_eq!(lines(text, "rs"), [1, 7, 8, 10, 12]);
        assert!(lines("///_Official\n\n///_Whether\n", "rs").is_empty());
    }

    #[test]
    fn negated_nouns_are_found_across_lines_but_not_every_no() {
        let text = "It is_no\nway, there are\n///_no ways. It was_\"no\". It is_no longer, are_no more\n\
                    \"were_no\"";
        assert_eq!(lines(text, "md"), [1, 3]);
    }

    #[test]
    fn comments_that_are_too_wide_are_found_but_not_strings() {
        let wide = "x".repeat(MAX_COLUMNS);
        let found = |text: &str, extension| lines(&text.replace("WIDE", &wide), extension);
        let rust = "// WIDE\nlet a = \"\\\"// WIDE\";\nlet b = '\"'; // WIDE\n";
        assert_eq!(found(rust, "rs"), [1, 3]);
        assert_eq!(found("a = \"// WIDE\";\n/*\n * WIDE\n", "mjs"), [3]);
        assert_eq!(found("a = \"WIDE\"\n  # WIDE\n", "toml"), [2]);
    }
}
