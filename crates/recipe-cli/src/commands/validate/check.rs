//! Linting many files at once, on all cores.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use recipe_core::Registry;
use recipe_core::error::RecipeError;
use recipe_core::internal::read_recipe_file;
use recipe_lint::{Code, Diagnostic, Linted, Linter, Origin, Severity, is_named_recipe, is_recipe};

/// What the main thread has; documents may be nested deep.
const STACK: usize = 8 << 20;

/// Looks at these files. What is no recipe is left out; the order stays.
pub(crate) fn check(files: BTreeMap<PathBuf, Origin>, registry: Registry) -> Vec<Linted> {
    let checker = Checker {
        linter: Linter::new(registry.clone()),
        registry,
    };
    let tasks: Vec<Task> = files
        .into_iter()
        .map(|(file, origin)| Task {
            file,
            origin,
            outcome: OnceLock::new(),
        })
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            task.outcome
                .get_or_init(|| checker.look(&task.file, &task.origin));
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 1..cores.min(tasks.len()) {
            let helper = thread::Builder::new().stack_size(STACK);
            // Without a helper there is more left for the others, and this thread is one of them.
            let _ = helper.spawn_scoped(scope, work);
        }
        work();
    });
    let outcomes = tasks.into_iter().map(|task| task.outcome.into_inner());
    outcomes.flatten().flatten().collect()
}

/// One file, and what came of it.
struct Task {
    file: PathBuf,
    origin: Origin,
    outcome: OnceLock<Option<Linted>>,
}

struct Checker {
    registry: Registry,
    linter: Linter,
}

impl Checker {
    /// What is wrong with a file; nothing where it is no recipe.
    fn look(&self, file: &Path, origin: &Origin) -> Option<Linted> {
        let mut linted = match origin {
            Origin::Named => self.linter.lint(file),
            Origin::Found => match read_recipe_file(file) {
                Ok(text) if !is_recipe(&self.registry, file, &text) => return None,
                Ok(text) => self.linter.lint_text(file, text.into()),
                // What is there and must not be read may be a recipe; no text and no end of it are none.
                Err(RecipeError::Unreadable(_)) => self.linter.lint(file),
                Err(_) if is_named_recipe(file) => self.linter.lint(file),
                Err(_) => return None,
            },
            Origin::Closed(error) => closed(file, &format!("cannot search the folder: {error}")),
        };
        if linted.diagnostics.is_empty() {
            // There is nothing to show of it, and files may be many.
            linted.text = "".into();
        }
        Some(linted)
    }
}

/// A folder that cannot be searched.
fn closed(folder: &Path, message: &str) -> Linted {
    let diagnostic = Diagnostic::of_file(folder, Severity::Error, Code::Unreadable, message);
    Linted::without_text(folder, vec![diagnostic])
}
