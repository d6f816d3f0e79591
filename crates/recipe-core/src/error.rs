//! Why a run failed.
//!
//! Each level knows its own part and keeps what lies below as its source: a [`RunError`] names the recipe, a
//! [`StepError`] the step, and so on down to the cause. [`chain`] prints the whole way down on one line, each
//! part once (DESIGN.md §8).

use std::error::Error;
use std::fmt;
use std::io;

use crate::document::{DocumentError, InputError};
use crate::journal::{JournalError, RecipeChange};
use crate::policy::Timeout;
use crate::step_path::StepPath;
use crate::template::TemplateError;

/// A run that did not reach its end: the recipe it began with, and why.
#[derive(Debug, thiserror::Error)]
#[error("{recipe}")]
#[non_exhaustive]
pub struct RunError {
    /// The main recipe, as it was named to the executor.
    pub recipe: String,
    /// What went wrong in it.
    pub source: RecipeError,
}

impl RunError {
    /// The failure of a main recipe, as it was named.
    pub fn new(recipe: impl Into<String>, source: RecipeError) -> Self {
        Self {
            recipe: recipe.into(),
            source,
        }
    }
}

/// Why one recipe could not be run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// There is no such file.
    #[error("recipe file not found")]
    NotFound,
    /// The file does not lie in any of the folders out of which recipes may be run.
    #[error("the recipe file lies outside the folders that recipes may be run from")]
    Outside,
    /// The file could not be read.
    #[error("cannot read the recipe file")]
    Unreadable(#[source] io::Error),
    /// The file is larger than any recipe should be.
    #[error("the recipe file is over {limit} bytes, too large for a recipe")]
    TooLarge {
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// The file is not UTF-8 text.
    #[error("the recipe file is not UTF-8 text, the first wrong byte is number {offset}")]
    NotText {
        /// How many bytes are text, from the start.
        offset: usize,
    },
    /// The text is no recipe.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The recipe uses step types or configurations that do not exist.
    #[error(transparent)]
    Invalid(crate::document::Problems),
    /// The run is taken up again, and its text is not what it was.
    #[error("{0}")]
    Changed(RecipeChange),
    /// The journal of the run cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An input is missing or ill-typed.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A step failed.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl RecipeError {
    /// Of a file that cannot be opened.
    pub(crate) fn of_file(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Unreadable(error),
        }
    }
}

/// Why a step failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepError {
    /// A step of a list failed.
    Step {
        /// What one of the list is called: `step`, `if_true step`.
        noun: &'static str,
        /// Which one.
        index: usize,
        /// Its type.
        step_type: &'static str,
        /// Its name, where it has one.
        name: Option<String>,
        /// Why.
        source: Box<StepError>,
    },
    /// A substep that ran beside others failed.
    Substep {
        /// Which one.
        index: usize,
        /// Its type.
        step_type: &'static str,
        /// Its name, where it has one.
        name: Option<String>,
        /// Why.
        source: Box<StepError>,
    },
    /// One round of a loop failed.
    Item {
        /// Its index, or its key as text.
        key: String,
        /// Why.
        source: Box<StepError>,
    },
    /// Several of the things that ran side by side failed.
    Failures(Failures),
    /// A recipe that the step called failed.
    Recipe {
        /// Its path, rendered.
        path: String,
        /// Why.
        source: Box<RecipeError>,
    },
    /// Recipes called one another too deep.
    TooDeep {
        /// The most that is allowed.
        limit: usize,
        /// The recipes, the main one first.
        recipes: Vec<String>,
    },
    /// Too many substeps and loop items ran at once.
    TooManyTasks {
        /// The most that is allowed.
        limit: usize,
    },
    /// A template in the configuration failed.
    Template {
        /// The field it came from.
        field: String,
        /// Why.
        source: Box<TemplateError>,
    },
    /// The step took too long and was cancelled.
    TimedOut {
        /// How long it was given.
        after: Timeout,
    },
    /// What the step did cannot be noted in the journal of the run, or looked up there.
    Journal(JournalError),
    /// The run was cancelled.
    Cancelled,
    /// The step panicked.
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The step's own error.
    Failed(Box<dyn Error + Send + Sync>),
}

impl StepError {
    /// An error of a step's own type.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// A limit of the whole run, reached anywhere below.
    pub(crate) fn is_limit_of_the_run(&self) -> bool {
        match self {
            Self::TooDeep { .. } | Self::TooManyTasks { .. } => true,
            _ => self.below().any(Self::is_limit_of_the_run),
        }
    }

    /// Whether the run is over with it, whatever a recipe says of failures: it was cancelled, has reached a limit of
    /// the whole run, or cannot go on as a durable one.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Cancelled
            | Self::TooDeep { .. }
            | Self::TooManyTasks { .. }
            | Self::Journal(_) => true,
            Self::Recipe { source, .. } => match &**source {
                RecipeError::Changed(_) | RecipeError::Journal(_) => true,
                _ => self.below().any(Self::is_final),
            },
            _ => self.below().any(Self::is_final),
        }
    }

    /// A mistake in a recipe, which another attempt would meet again.
    pub(crate) fn is_mistake(&self) -> bool {
        match self {
            Self::Recipe { source, .. } => match &**source {
                RecipeError::Step(step) => step.is_mistake(),
                RecipeError::NotFound | RecipeError::Unreadable(_) => false,
                _ => true,
            },
            // One failure that may not come again is reason enough.
            Self::Failures(failures) => failures.iter().all(|failure| failure.error.is_mistake()),
            _ => self.below().any(Self::is_mistake),
        }
    }

    /// The errors of steps right below this one.
    fn below(&self) -> impl Iterator<Item = &Self> {
        let (one, several) = match self {
            Self::Step { source, .. }
            | Self::Substep { source, .. }
            | Self::Item { source, .. } => (Some(&**source), None),
            Self::Recipe { source, .. } => match &**source {
                RecipeError::Step(step) => (Some(step), None),
                _ => (None, None),
            },
            Self::Failures(failures) => (None, Some(failures)),
            _ => (None, None),
        };
        let several = several.into_iter().flat_map(Failures::iter);
        one.into_iter().chain(several.map(|failure| &failure.error))
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step {
                noun,
                index,
                step_type,
                name,
                ..
            } => write!(f, "{noun} {index} ({step_type}{})", Named(name)),
            // A recipe that ran as a substep is better known by its path than by `execute_recipe`.
            Self::Substep {
                index,
                step_type,
                name,
                source,
            } => match &**source {
                Self::Recipe { path, .. } => {
                    write!(f, "substep {index} ({}{})", shown(path), Named(name))
                }
                _ => write!(f, "substep {index} ({step_type}{})", Named(name)),
            },
            Self::Item { key, .. } => write!(f, "item {key}"),
            Self::Failures(failures) => failures.fmt(f),
            Self::Recipe { path, .. } => f.write_str(shown(path)),
            Self::TooDeep { limit, recipes } => {
                write!(
                    f,
                    "recipes call one another over the depth limit of {limit}: "
                )?;
                write_calls(f, recipes)
            }
            Self::TooManyTasks { limit } => write!(
                f,
                "over {limit} substeps and loop items at once, set a max_concurrency"
            ),
            Self::Template { field, .. } => f.write_str(field),
            Self::TimedOut { after } => write!(f, "timed out after {after}"),
            Self::Journal(error) => error.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked { message } => write!(f, "the step panicked: {message}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Error for StepError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Substep { source, .. } => match &**source {
                // The path is in the substep's own part.
                Self::Recipe { source, .. } => Some(&**source),
                _ => Some(&**source),
            },
            Self::Step { source, .. } | Self::Item { source, .. } => Some(&**source),
            Self::Recipe { source, .. } => Some(&**source),
            Self::Template { source, .. } => Some(&**source),
            Self::Failed(error) => error.source(),
            Self::Journal(error) => error.source(),
            Self::Failures(_)
            | Self::TooDeep { .. }
            | Self::TooManyTasks { .. }
            | Self::TimedOut { .. }
            | Self::Cancelled
            | Self::Panicked { .. } => None,
        }
    }
}

/// What failed of several things that ran side by side: substeps, or the items of a loop.
#[derive(Debug)]
pub struct Failures {
    list: Vec<Failure>,
    total: usize,
}

/// One of several failures.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which one: the index of the substep or item.
    pub index: usize,
    /// Its address in the run.
    pub path: StepPath,
    /// Why it failed; says which one, too.
    pub error: StepError,
}

impl Failure {
    /// The failure of a substep or item.
    pub fn new(index: usize, path: StepPath, error: StepError) -> Self {
        Self { index, path, error }
    }
}

impl Failures {
    /// Failures of `total` things.
    pub fn new(mut list: Vec<Failure>, total: usize) -> Self {
        list.sort_by_key(|failure| failure.index);
        Self { list, total }
    }

    /// The failures, by index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Failure> {
        self.list.iter()
    }

    /// How many things there were, failed or not.
    pub fn total(&self) -> usize {
        self.total
    }
}

impl IntoIterator for Failures {
    type Item = Failure;
    type IntoIter = std::vec::IntoIter<Failure>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// `2 of 5 failed: substep 1 (b.json): …; substep 4 (read_file): …`
impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        write!(f, "{} of {} failed", self.list.len(), self.total)?;
        for (position, failure) in self.list.iter().take(SHOWN).enumerate() {
            let separator = if position == 0 { ": " } else { "; " };
            write!(f, "{separator}{}", chain(&failure.error))?;
        }
        match self.list.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Says which field a failed template came from.
pub trait InField<T> {
    /// The rendered value, or the error with the name of the field.
    ///
    /// # Errors
    /// When rendering failed.
    fn in_field(self, field: &str) -> Result<T, StepError>;
}

impl<T> InField<T> for Result<T, TemplateError> {
    fn in_field(self, field: &str) -> Result<T, StepError> {
        self.map_err(|source| StepError::Template {
            field: field.to_owned(),
            source: Box::new(source),
        })
    }
}

/// The path of a recipe. One that a template left empty would not be seen in a message.
fn shown(path: &str) -> &str {
    if path.is_empty() {
        "an empty path"
    } else {
        path
    }
}

/// ` "name"` behind the type of a step that has a name.
struct Named<'n>(&'n Option<String>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// The first few of the recipes that called one another, up to where they begin to repeat.
fn write_calls(f: &mut fmt::Formatter<'_>, recipes: &[String]) -> fmt::Result {
    const SHOWN: usize = 8;
    let mut shown: Vec<&str> = Vec::new();
    for recipe in recipes {
        let again = shown.contains(&recipe.as_str());
        shown.push(recipe);
        if again || shown.len() == SHOWN {
            break;
        }
    }
    f.write_str(&shown.join(" > "))?;
    if shown.len() < recipes.len() {
        f.write_str(" > …")?;
    }
    Ok(())
}

/// A configuration that fits its types and is invalid.
#[derive(Debug, thiserror::Error)]
#[error("{field}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The field, as a path such as `files[0].path`.
    pub field: String,
    /// Kind of the error.
    pub kind: ConfigErrorKind,
    /// The reason.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Kind of a [`ConfigError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// An invalid value.
    Value,
    /// A condition that does not parse.
    Condition,
}

impl ConfigError {
    /// An invalid value in `field`.
    pub fn new(field: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            field: field.into(),
            kind: ConfigErrorKind::Value,
            source: source.into(),
        }
    }

    /// A condition in `field` that does not parse.
    pub fn condition(
        field: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: ConfigErrorKind::Condition,
            ..Self::new(field, source)
        }
    }
}

/// An error and all its sources on one line, outermost first, joined with `: `.
///
/// ```
/// # use recipe_core::{chain, StepError};
/// let error = StepError::Item { key: "1".into(), source: Box::new(StepError::Cancelled) };
/// assert_eq!(chain(&error).to_string(), "item 1: cancelled");
/// ```
pub fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl fmt::Display + 'e {
    Chain(error)
}

struct Chain<'e>(&'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_names_each_part_once() {
        let read = StepError::failed(io::Error::other("file not found: notes.md"));
        let recipe = StepError::Recipe {
            path: "recipes/b.json".into(),
            source: Box::new(RecipeError::Step(StepError::Step {
                noun: "step",
                index: 0,
                step_type: "read_file",
                name: Some("notes".into()),
                source: Box::new(read),
            })),
        };
        let error = RunError {
            recipe: "main.json".into(),
            source: RecipeError::Step(StepError::Step {
                noun: "step",
                index: 2,
                step_type: "parallel",
                name: None,
                source: Box::new(StepError::Substep {
                    index: 1,
                    step_type: "execute_recipe",
                    name: None,
                    source: Box::new(recipe),
                }),
            }),
        };
        insta::assert_snapshot!(chain(&error), @r#"main.json: step 2 (parallel): substep 1 (recipes/b.json): step 0 (read_file "notes"): file not found: notes.md"#);
    }

    #[test]
    fn a_cycle_of_recipes_is_shown_once() {
        let recipes = ["main", "a", "b", "a", "b"].map(str::to_owned).to_vec();
        let error = StepError::TooDeep { limit: 4, recipes };
        insta::assert_snapshot!(error, @"recipes call one another over the depth limit of 4: main > a > b > a > …");
    }
}
