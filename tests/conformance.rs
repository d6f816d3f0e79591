//! Conformance cases: the required behaviour of recipes, as data.
//!
//! Each file `conformance/<group>/<name>.json` is a test of that name. A case lists the initial
//! files, the recipe, its context, and the expectations (see [`Expect`]). Each case runs through
//! the program itself, in its own directory.
//!
//! The tests of the template engine read `templates.json` beside the groups.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::{Map, Value};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    match trials(&cases) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            // Reported as a failed test.
            let message = format!("cannot list the cases in {}: {error}", cases.display());
            let trial = Trial::test("cases", move || Err(message.into()));
            libtest_mimic::run(&arguments, vec![trial]).exit_code()
        }
    }
}

/// Creates one test per case, sorted by name.
fn trials(cases: &Path) -> Result<Vec<Trial>, Box<dyn Error>> {
    let mut trials = Vec::new();
    for group in sorted(cases)?.iter().filter(|path| path.is_dir()) {
        for file in sorted(group)? {
            let name = file.with_extension("");
            let name = name.strip_prefix(cases)?.display().to_string();
            trials.push(Trial::test(name.clone(), move || run_case(&name, &file)));
        }
    }
    if trials.is_empty() {
        return Err("no cases found".into());
    }
    Ok(trials)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

/// Test case. Unknown fields fail the test, so that everything is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Name of the file: `<group>/<name>`.
    name: String,
    /// Description, for people.
    #[serde(rename = "about")]
    _about: String,
    /// Spelling of steps in the recipes, for people.
    #[serde(rename = "dialect")]
    _dialect: Dialect,
    /// Reason for an expectation written by hand, for people.
    #[serde(rename = "hand", default)]
    _hand: Option<String>,
    /// Initial files: strings as text, anything else as JSON.
    files: BTreeMap<String, Value>,
    /// File to run.
    recipe: String,
    /// Initial artifacts.
    context: Map<String, Value>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Dialect {
    Nested,
    Flat,
}

/// Expectations of a run. Missing ones are not checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Whether the run succeeds.
    ok: bool,
    /// All artifacts at the end.
    context: Option<Map<String, Value>>,
    /// Some of the artifacts at the end.
    #[serde(default)]
    context_has: Map<String, Value>,
    /// Names of artifacts that must not exist at the end.
    #[serde(default)]
    context_lacks: Vec<String>,
    /// Keys of the failures that an artifact lists.
    error_entries: Option<ErrorEntries>,
    /// All files that the run created or changed, with their text.
    files: Option<BTreeMap<String, String>>,
    /// Some of the files at the end, with their text.
    #[serde(default)]
    files_now: BTreeMap<String, String>,
    /// Files that must not exist at the end.
    #[serde(default)]
    no_files: Vec<String>,
    /// Required parts of the printed error.
    #[serde(default)]
    error_mentions: Vec<String>,
    /// Forbidden parts of the printed error.
    #[serde(default)]
    error_lacks: Vec<String>,
    /// Minimum and maximum duration of the process in seconds.
    min_seconds: Option<f64>,
    max_seconds: Option<f64>,
}

/// List of failures in an artifact, each with a `key` and an `error`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorEntries {
    /// Name of the artifact.
    key: String,
    /// Value of `key` of each failure.
    keys: Vec<Value>,
}

/// Results of a run.
struct Outcome {
    output: Output,
    took: Duration,
    context: Map<String, Value>,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

fn run_case(name: &str, file: &Path) -> Result<(), Failed> {
    let case: Case = serde_json::from_str(&fs::read_to_string(file)?)?;
    if case.name != name {
        return Err(format!("wrong name in the case: {}", case.name).into());
    }
    let outcome = run(&case)?;
    let mut wrong = Vec::new();
    check_end(&case.expect, &outcome, &mut wrong);
    check_context(&case.expect, &outcome.context, &mut wrong);
    check_files(&case.expect, &outcome, &mut wrong);
    if wrong.is_empty() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&outcome.output.stderr);
    Err(format!("{}\n--- standard error\n{stderr}", wrong.join("\n")).into())
}

fn run(case: &Case) -> Result<Outcome, Box<dyn Error>> {
    let working = tempfile::tempdir()?;
    let beside = tempfile::tempdir()?;
    let (given, result) = (
        beside.path().join("given.json"),
        beside.path().join("result.json"),
    );
    for (path, content) in &case.files {
        let path = working.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, as_text(content))?;
    }
    fs::write(&given, serde_json::to_string(&case.context)?)?;
    let before = files_in(working.path())?;

    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_recipe"))
        .arg("run")
        .arg(&case.recipe)
        .arg("--context-file")
        .arg(&given)
        .arg("--context-out")
        .arg(&result)
        .current_dir(working.path())
        .output()?;
    let took = started.elapsed();

    Ok(Outcome {
        context: serde_json::from_str(&fs::read_to_string(&result)?)?,
        after: files_in(working.path())?,
        output,
        took,
        before,
    })
}

fn as_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    }
}

/// Reads all files below a directory, by path with `/`.
fn files_in(folder: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in sorted(&next)? {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let parts: Vec<_> = path
                .strip_prefix(folder)?
                .iter()
                .map(|p| p.to_string_lossy())
                .collect();
            files.insert(parts.join("/"), fs::read_to_string(&path)?);
        }
    }
    Ok(files)
}

fn check_end(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    let stderr = String::from_utf8_lossy(&outcome.output.stderr);
    match outcome.output.status.code() {
        Some(0) if expect.ok => {}
        Some(1 | 2) if !expect.ok => {}
        Some(code) => wrong.push(format!("ended with exit code {code}")),
        None => wrong.push("ended by a signal".to_owned()),
    }
    if stderr.contains("panicked") {
        wrong.push("panicked".to_owned());
    }
    for part in &expect.error_mentions {
        if !stderr.contains(part.as_str()) {
            wrong.push(format!("the error does not mention {part:?}"));
        }
    }
    for part in &expect.error_lacks {
        if stderr.contains(part.as_str()) {
            wrong.push(format!("the error mentions {part:?}"));
        }
    }
    let seconds = outcome.took.as_secs_f64();
    if expect.min_seconds.is_some_and(|least| seconds < least)
        || expect.max_seconds.is_some_and(|most| seconds > most)
    {
        wrong.push(format!("took {seconds:.2} seconds"));
    }
}

fn check_context(expect: &Expect, context: &Map<String, Value>, wrong: &mut Vec<String>) {
    if let Some(expected) = &expect.context
        && expected != context
    {
        let (expected, context) = (Value::from(expected.clone()), Value::from(context.clone()));
        wrong.push(format!("the context is\n  {context}\nnot\n  {expected}"));
    }
    for (name, expected) in &expect.context_has {
        match context.get(name) {
            Some(value) if value == expected => {}
            Some(value) => wrong.push(format!("the artifact {name} is {value}, not {expected}")),
            None => wrong.push(format!("missing artifact {name}")),
        }
    }
    for name in &expect.context_lacks {
        if context.contains_key(name) {
            wrong.push(format!("unexpected artifact {name}"));
        }
    }
    if let Some(expected) = &expect.error_entries {
        let entries = context.get(&expected.key).and_then(Value::as_array);
        let keys: Option<Vec<Value>> =
            entries.map(|list| list.iter().map(|e| e["key"].clone()).collect());
        let explained = entries
            .into_iter()
            .flatten()
            .all(|entry| !entry["error"].is_null());
        if keys.as_ref() != Some(&expected.keys) || !explained {
            wrong.push(format!("the artifact {} is {entries:?}", expected.key));
        }
    }
}

fn check_files(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    if let Some(expected) = &expect.files {
        let made: BTreeMap<_, _> = outcome
            .after
            .iter()
            .filter(|(path, text)| outcome.before.get(*path) != Some(*text))
            .collect();
        if made != expected.iter().collect() {
            wrong.push(format!("the run created {made:?}, not {expected:?}"));
        }
    }
    for (path, text) in &expect.files_now {
        if outcome.after.get(path) != Some(text) {
            wrong.push(format!("the file {path} is {:?}", outcome.after.get(path)));
        }
    }
    for path in &expect.no_files {
        if outcome.after.contains_key(path) {
            wrong.push(format!("unexpected file {path}"));
        }
    }
}
