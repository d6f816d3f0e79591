//! A stored run for people: its facts, and its steps as a tree.

use recipe_journal::{StepState, StoreError, StoredRun};

use crate::observe::progress::Exact;
use crate::observe::run_model::{Counts, PlacedStep, Tally, placed, tree_order};
use crate::stored_runs::{RunFacts, local_time};
use crate::terminal::one_line::one_line;

/// Steps deeper than this are not set in further: some recipes call themselves a thousand times.
const DEEPEST: usize = 24;

/// How wide the column of states is.
const STATE_WIDTH: usize = 10;

/// The whole output.
pub(super) fn text(run: &StoredRun) -> Result<String, StoreError> {
    let steps = placed(run.steps()?);
    let given = run.artifacts()?;
    let given: Vec<&str> = given.keys().map(String::as_str).collect();
    let mut text = facts(&RunFacts::of(run), &given, Tally::from_stored(&steps));
    if !steps.is_empty() {
        text.push('\n');
    }
    for index in tree_order(&steps) {
        add_step(&mut text, &steps[index]);
    }
    Ok(text)
}

/// What is known of the run, a line for each fact.
fn facts(run: &RunFacts, given: &[&str], tally: Tally) -> String {
    let processes = match run.sessions.len() {
        count @ 2.. => Some(count.to_string()),
        _ => None,
    };
    let facts = [
        ("id", Some(run.id.to_string())),
        ("recipe", run.recipe.clone()),
        ("folder", run.folder.clone()),
        ("given", (!given.is_empty()).then(|| given.join(", "))),
        ("status", Some(run.status.to_string())),
        ("began", run.began.map(local_time::second)),
        ("took", run.took()),
        ("processes", processes),
        ("steps", Some(counts(tally.counts))),
        ("used", tally.usage_words()),
        ("called", tally.tool_calls.words()),
        ("error", run.reason().map(str::to_owned)),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let lines = facts.map(|(name, value)| format!("{name:<STATE_WIDTH$} {}\n", one_line(&value)));
    lines.collect()
}

/// `12 (10 done, 1 failed, 1 skipped)`
fn counts(counts: Counts) -> String {
    let states = [
        (counts.running, StepState::Running),
        (counts.done, StepState::Done),
        (counts.failed, StepState::Failed),
        (counts.recovered, StepState::Recovered),
        (counts.skipped, StepState::Skipped),
        (counts.cancelled, StepState::Cancelled),
    ];
    let states = states.into_iter().filter(|(count, _)| *count > 0);
    let states: Vec<String> = states
        .map(|(count, state)| format!("{count} {state}"))
        .collect();
    match counts.steps {
        0 => "0".to_owned(),
        count => format!("{count} ({})", states.join(", ")),
    }
}

/// A line for the step, and one for each thing that went wrong in it.
fn add_step(text: &mut String, placed: &PlacedStep) {
    let step = &placed.step;
    let indent = 2 * placed.depth.min(DEEPEST);
    let mut line = format!("{} {}", placed.added_path(), step.step_type);
    if let Some(name) = &step.name {
        line.push_str(&format!(" {name:?}"));
    }
    let duration = match (step.state, step.duration) {
        (StepState::Running, _) => {
            let duration = step.began.elapsed().unwrap_or_default();
            Some(format!("{} so far", Exact(duration)))
        }
        (_, duration) => duration.map(|duration| Exact(duration).to_string()),
    };
    let attempt = placed
        .last_attempt()
        .map(|(attempt, attempts)| format!("attempt {attempt} of {attempts}"));
    let details: Vec<String> = duration.into_iter().chain(attempt).collect();
    if !details.is_empty() {
        line.push_str(&format!(" ({})", details.join(", ")));
    }
    let state = step.state;
    text.push_str(&format!(
        "{state:<STATE_WIDTH$} {:indent$}{}\n",
        "",
        one_line(&line)
    ));
    let indent = STATE_WIDTH + 1 + indent + 4;
    let mut add_error = |what: &str, error: &str| {
        text.push_str(&format!("{:indent$}{what}: {}\n", "", one_line(error)));
    };
    for failure in placed.failures() {
        match failure.attempt {
            Some(failed) => {
                let what = format!("attempt {} of {}", failed.attempt, failed.attempts);
                add_error(&what, &failure.error);
            }
            None => add_error("before on_error", &failure.error),
        }
    }
    if let Some(error) = &step.error {
        add_error("error", error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::calling_run;

    #[test]
    fn calls_of_tools_are_counted() {
        let (run, _folder) = calling_run::store(&calling_run::calls());
        let shown = text(&run).unwrap();
        assert!(
            shown.contains("\ncalled     2 tool calls (1 failed)\n"),
            "{shown}"
        );
    }
}
