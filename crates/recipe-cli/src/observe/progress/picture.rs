//! What a terminal shows of a running recipe, as lines that fit it.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use console::measure_text_width;

use crate::terminal::shorten::shorten;

use super::duration::Rough;
use crate::observe::run_model::{Phase, RunningStep, Tally};

/// The part of a line that what a step is called has at least, where there is little room.
const LABEL_SHARE: usize = 3;

/// What there is to show.
pub(crate) struct Picture<'p> {
    /// The main recipe, as it was named.
    pub(crate) recipe: &'p str,
    /// When it started.
    pub(crate) since: Instant,
    /// How many steps have ended, and how.
    pub(crate) tally: Tally,
    /// How many steps are running.
    pub(crate) running: usize,
    /// Those that have been running longest.
    pub(crate) longest: Vec<RunningStep>,
}

/// The room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// In columns.
    pub(crate) width: usize,
    /// In lines.
    pub(crate) height: usize,
}

impl Picture<'_> {
    /// The lines at this time: the run, then its steps, each below the one around it. `safe` makes text from recipes fit
    /// to be shown.
    pub(crate) fn lines(
        &self,
        room: Room,
        now: Instant,
        safe: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let mut lines = vec![self.run_line(room.width, now, &safe)];
        let room_for_steps = room.height.saturating_sub(1);
        let shown = match self.running > room_for_steps {
            // One line for those that have none.
            true => room_for_steps.saturating_sub(1),
            false => room_for_steps,
        };
        let shown = &self.longest[..shown.min(self.longest.len())];
        let paths: HashMap<u64, String> = shown
            .iter()
            .map(|step| (step.number, step.path.to_string()))
            .collect();
        for (step, level) in as_tree(shown) {
            let around = step.around.and_then(|number| paths.get(&number));
            let label = label(step, &paths[&step.number], around);
            let indent = (2 * level).min(room.width / 4);
            lines.push(line(indent, &safe(&label), details(step, now), room.width));
        }
        let more = self.running - shown.len();
        if more > 0 && room_for_steps > 0 {
            lines.push(shorten(&format!("  … and {more} more"), room.width));
        }
        lines
    }

    fn run_line(&self, width: usize, now: Instant, safe: impl Fn(&str) -> String) -> String {
        let label = format!("running {}", safe(self.recipe));
        let time = Rough(now.saturating_duration_since(self.since));
        let running = format!("{} running", self.running);
        let mut details = vec![self.tally.counts.to_string(), running, time.to_string()];
        details.extend(self.tally.used());
        line(0, &label, details, width)
    }
}

/// The steps, each behind the one around it, and how many of them are around it, the run included.
fn as_tree(steps: &[RunningStep]) -> Vec<(&RunningStep, usize)> {
    let numbers: HashSet<u64> = steps.iter().map(|step| step.number).collect();
    let mut inside: HashMap<Option<u64>, Vec<&RunningStep>> = HashMap::new();
    for step in steps {
        let around = step.around.filter(|number| numbers.contains(number));
        inside.entry(around).or_default().push(step);
    }
    let mut tree = Vec::with_capacity(steps.len());
    let mut next: Vec<(&RunningStep, usize)> = Vec::new();
    let mut push = |around: Option<u64>, level: usize, next: &mut Vec<_>| {
        let steps = inside.remove(&around).unwrap_or_default();
        next.extend(steps.into_iter().rev().map(|step| (step, level)));
    };
    push(None, 1, &mut next);
    while let Some((step, level)) = next.pop() {
        tree.push((step, level));
        push(Some(step.number), level + 1, &mut next);
    }
    tree
}

/// `substeps[0] execute_recipe "draft"`: the address is told from the step around it.
fn label(step: &RunningStep, path: &str, around: Option<&String>) -> String {
    let inner = around.and_then(|around| path.strip_prefix(around.as_str()));
    let place = inner.map_or(path, |inner| inner.trim_start_matches('.'));
    let mut label = format!("{place} {}", step.step_type);
    if let Some(name) = &step.name {
        label.push_str(&format!(" {name:?}"));
    }
    label
}

/// `3 of 10`, `1 failed`, `5 s`, `~12 s left`: the last matters least.
fn details(step: &RunningStep, now: Instant) -> Vec<String> {
    let mut parts = Vec::new();
    match step.phase {
        Phase::Work => {}
        Phase::Retry {
            attempt,
            attempts,
            at,
        } => {
            let attempt = format!("attempt {attempt} of {attempts}");
            parts.push(match at.checked_duration_since(now) {
                Some(delay) if !delay.is_zero() => format!("{attempt} in {}", Rough(delay)),
                _ => attempt,
            });
        }
        Phase::Recovery => parts.push("recovering".to_owned()),
    }
    if let Some(progress) = step.progress {
        parts.push(format!(
            "{} of {}",
            progress.done + progress.failed,
            progress.total
        ));
        if progress.failed > 0 {
            parts.push(format!("{} failed", progress.failed));
        }
    }
    parts.extend(step.tool_calls.words());
    parts.push(Rough(now.saturating_duration_since(step.since)).to_string());
    if let Some(left) = step.time_left(now).filter(|left| left.as_secs() > 0) {
        parts.push(format!("~{} left", Rough(left)));
    }
    parts
}

/// A line in which the label gives way to the details, down to its share, and then the last of them to the first.
fn line(indent: usize, label: &str, mut details: Vec<String>, width: usize) -> String {
    let least = measure_text_width(label).min(width / LABEL_SHARE);
    let (details, room) = loop {
        let text = details.join(", ");
        let taken = indent + measure_text_width(&text) + ": ".len();
        let room = width.saturating_sub(taken);
        if room >= least || details.len() <= 1 {
            break (text, room.max(least));
        }
        details.pop();
    };
    let label = shorten(label, room);
    shorten(&format!("{:indent$}{label}: {details}", ""), width)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use insta::assert_snapshot;
    use recipe_core::StepPath;
    use recipe_core::event::Progress;

    use super::*;
    use crate::observe::run_model::{Detail, NewStep, RunModel, State, Texts};
    use crate::terminal::one_line::one_line;

    /// A run of a minute and a half, and where it stands.
    struct Run {
        start: Instant,
        model: RunModel,
    }

    impl Run {
        fn new() -> Self {
            Self {
                start: Instant::now(),
                model: RunModel::new("main.json".to_owned(), Detail::Running),
            }
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        fn step(mut self, path: &StepPath, step_type: &str, name: &str, at: u64) -> Self {
            let name = Some(name).filter(|name| !name.is_empty());
            let at = self.at(at);
            let step = NewStep {
                path,
                step_type,
                name,
                config: None,
            };
            self.model.start(step, at);
            self
        }

        fn lines(&self, width: usize, height: usize) -> Vec<String> {
            let picture = Picture {
                recipe: "main.json",
                since: self.start,
                tally: self.model.tally,
                running: self.model.running.count(),
                longest: self.model.running.longest(height),
            };
            let safe = |text: &str| one_line(text).replace("sk-1234", "***");
            picture.lines(Room { width, height }, self.at(90), safe)
        }

        fn shown(&self, width: usize, height: usize) -> String {
            self.lines(width, height).join("\n")
        }
    }

    fn run() -> Run {
        let parallel = StepPath::root().step(1);
        let sub = |index| parallel.nested("substeps", index);
        let looping = sub(5).recipe("sub.json").step(0);
        let mut run = Run::new()
            .step(&StepPath::root().step(0), "read_file", "", 0)
            .step(&parallel, "parallel", "both", 10)
            .step(&sub(3), "execute_recipe", "harvest", 30)
            .step(&sub(4), "read_file", "", 40)
            .step(&sub(5), "execute_recipe", "", 50)
            .step(&looping, "loop", "", 50)
            .step(&sub(6), "read_file", "", 60);
        let texts = Texts::default;
        run.model
            .end(&StepPath::root().step(0), State::Done, texts(), run.start);
        let progress = |done, failed, total| {
            let mut progress = Progress::new(total);
            (progress.done, progress.failed) = (done, failed);
            progress
        };
        run.model.advance(&parallel, progress(3, 0, 10));
        run.model.advance(&looping, progress(30, 2, 1000));
        let delay = Duration::from_secs(5);
        run.model.retry(&sub(4), (1, 3), delay, texts(), run.at(90));
        run.model.retry(&sub(6), (1, 3), delay, texts(), run.at(75));
        run.model.recover(&sub(3), texts(), run.at(90));
        for is_failed in [false, true] {
            run.model
                .tool_called(&sub(6), is_failed, delay, texts(), run.at(90));
        }
        run
    }

    #[test]
    fn a_step_stands_below_the_one_around_it() {
        assert_snapshot!(run().shown(79, 23), @r#"
        running main.json: 1 step done, 2 retried, 6 running, 1 min 30 s
          1 parallel "both": 3 of 10, 1 min 20 s, ~3 min 6 s left
            substeps[3] execute_recipe "harvest": recovering, 1 min 0 s
            substeps[4] read_file: attempt 2 of 3 in 5 s, 50 s
            substeps[5] execute_recipe: 40 s
              /sub.json:0 loop: 32 of 1000, 2 failed, 40 s, ~20 min 10 s left
            substeps[6] read_file: attempt 2 of 3, 2 tool calls (1 failed), 30 s
        "#);
    }

    #[test]
    fn the_label_gives_way_on_a_narrow_screen() {
        assert_snapshot!(run().shown(39, 9), @r#"
        running main.j…: 1 step done, 2 retried
          1 parallel "bot…: 3 of 10, 1 min 20 s
            substeps[3] execute_re…: recovering
            substeps[4] …: attempt 2 of 3 in 5…
            substeps[5] execute_recipe: 40 s
              /sub.json:0 loop: 32 of 1000
            substeps[6] read_f…: attempt 2 of 3
        "#);
    }

    #[test]
    fn what_a_low_screen_has_no_room_for_is_counted() {
        assert_snapshot!(run().shown(79, 4), @r#"
        running main.json: 1 step done, 2 retried, 6 running, 1 min 30 s
          1 parallel "both": 3 of 10, 1 min 20 s, ~3 min 6 s left
            substeps[3] execute_recipe "harvest": recovering, 1 min 0 s
          … and 4 more
        "#);
    }

    #[test]
    fn nothing_is_larger_than_the_screen() {
        let deep = (0..200).fold(StepPath::root(), |path, index| {
            path.recipe("a very long 漢字 path").step(index)
        });
        let run = run().step(&deep, "execute_recipe", &"👩‍👩‍👧‍👦漢字e\u{301}".repeat(50), 0);
        for width in 1..100 {
            for height in 1..12 {
                let lines = run.lines(width, height);
                assert!(lines.len() <= height, "{width}x{height}: {lines:#?}");
                for line in &lines {
                    assert!(
                        measure_text_width(line) <= width,
                        "{width}x{height}: {line}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_and_paths_neither_break_lines_nor_tell_secrets() {
        let path = StepPath::root().step(0);
        let run = Run::new()
            .step(&path, "execute_recipe", "a\nb\u{1b}[2J", 0)
            .step(
                &path
                    .recipe("x\r\n\u{1b}]0;t\u{7}\u{9b}sk-1234.json")
                    .step(1),
                "loop",
                "sk-1234",
                0,
            );
        assert_snapshot!(run.shown(100, 10), @r#"
        running main.json: 0 steps done, 2 running, 1 min 30 s
          0 execute_recipe "a\nb\u{1b}[2J": 1 min 30 s
            /x\r\n\u{1b}]0;t\u{7}\u{9b}***.json:1 loop "***": 1 min 30 s
        "#);
    }
}
