//! Errors of recipes and steps, in one module since each contains the other.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use super::chain::chain;
use crate::document::{DocumentError, InputError, Problems};
use crate::journal::{JournalError, RecipeChange};
use crate::policy::Timeout;
use crate::step_path::StepPath;
use crate::template::TemplateError;

/// Error of a recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The file does not exist.
    #[error("recipe file not found")]
    NotFound,
    /// The file is outside the [allowed directories](crate::run::RecipeFolders).
    #[error("recipe file is outside the allowed recipe directories")]
    Outside,
    /// The file could not be read.
    #[error("cannot read recipe file")]
    Unreadable(#[source] io::Error),
    /// The file is too large.
    #[error("recipe file is larger than {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// Maximum size in bytes.
        limit: u64,
    },
    /// The file is not UTF-8.
    #[error("recipe file has invalid UTF-8 at byte {offset}")]
    #[non_exhaustive]
    NotText {
        /// Number of valid bytes at the start.
        offset: usize,
    },
    /// The text is not a recipe.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The recipe has unknown step types or invalid configurations.
    #[error(transparent)]
    Invalid(Problems),
    /// The recipe of a resumed run has changed.
    #[error("{0}")]
    Changed(RecipeChange),
    /// The journal of the run cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An input is missing or invalid.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A step failed.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl RecipeError {
    /// Returns the error of a file that cannot be opened.
    pub(crate) fn from_open(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Unreadable(error),
        }
    }
}

/// Error of a step.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepError {
    /// A step of a list failed.
    #[non_exhaustive]
    Step {
        /// Name of a step of the list: `step`, `if_true step`.
        noun: &'static str,
        /// Index of the step.
        index: usize,
        /// Type of the step.
        step_type: Cow<'static, str>,
        /// Name of the step, if it has one.
        name: Option<String>,
        /// Cause.
        source: Box<StepError>,
    },
    /// A substep that ran beside others failed.
    #[non_exhaustive]
    Substep {
        /// Index of the substep.
        index: usize,
        /// Type of the substep.
        step_type: Cow<'static, str>,
        /// Name of the substep, if it has one.
        name: Option<String>,
        /// Cause.
        source: Box<StepError>,
    },
    /// A loop item failed.
    #[non_exhaustive]
    Item {
        /// Index of the item, or its key in quotes.
        key: String,
        /// Cause.
        source: Box<StepError>,
    },
    /// Several concurrent substeps or items failed.
    Failures(Failures),
    /// A called recipe failed.
    #[non_exhaustive]
    Recipe {
        /// Rendered path of the recipe.
        path: String,
        /// Cause.
        source: Box<RecipeError>,
    },
    /// Recipe calls were nested too deeply.
    #[non_exhaustive]
    TooDeep {
        /// Maximum depth.
        limit: usize,
        /// Chain of called recipes, the main recipe first.
        recipes: Vec<String>,
    },
    /// Too many substeps and loop items ran at once.
    #[non_exhaustive]
    TooManyTasks {
        /// Maximum number.
        limit: usize,
    },
    /// A template in the configuration failed.
    #[non_exhaustive]
    Template {
        /// Field of the template.
        field: String,
        /// Cause.
        source: Box<TemplateError>,
    },
    /// The step was cancelled after a timeout.
    #[non_exhaustive]
    TimedOut {
        /// Timeout of the step.
        after: Timeout,
    },
    /// The journal of the run cannot be read or written.
    Journal(JournalError),
    /// The run was cancelled.
    Cancelled,
    /// The step panicked.
    #[non_exhaustive]
    Panicked {
        /// Message of the panic.
        message: String,
    },
    /// An error of the step's own type.
    Failed(Box<dyn Error + Send + Sync>),
}

impl StepError {
    /// Returns the error of a step of a list; `noun` is the name of a list's step, such as `step`.
    pub fn step(
        noun: &'static str,
        index: usize,
        step_type: impl Into<Cow<'static, str>>,
        name: Option<String>,
        source: Self,
    ) -> Self {
        Self::Step {
            noun,
            index,
            step_type: step_type.into(),
            name,
            source: Box::new(source),
        }
    }

    /// Returns the error of a substep.
    pub fn substep(
        index: usize,
        step_type: impl Into<Cow<'static, str>>,
        name: Option<String>,
        source: Self,
    ) -> Self {
        Self::Substep {
            index,
            step_type: step_type.into(),
            name,
            source: Box::new(source),
        }
    }

    /// Returns the error of a loop item; `key` is its index, or its key in quotes.
    pub fn item(key: impl Into<String>, source: Self) -> Self {
        Self::Item {
            key: key.into(),
            source: Box::new(source),
        }
    }

    /// Returns the error of a called recipe.
    pub fn recipe(path: impl Into<String>, source: RecipeError) -> Self {
        Self::Recipe {
            path: path.into(),
            source: Box::new(source),
        }
    }

    /// Returns the error of a step that was cancelled after a timeout.
    pub fn timed_out(after: Timeout) -> Self {
        Self::TimedOut { after }
    }

    /// Returns an error of a step's own type.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// Whether a limit of the run is the cause.
    pub(crate) fn is_limit_of_the_run(&self) -> bool {
        match self {
            Self::TooDeep { .. } | Self::TooManyTasks { .. } => true,
            _ => self.below().any(Self::is_limit_of_the_run),
        }
    }

    /// Whether it ends the run even where a recipe tolerates failures: the run was cancelled,
    /// reached a limit, or cannot continue as a durable run.
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

    /// Whether a mistake in a recipe is the cause, so that a retry makes no sense.
    pub(crate) fn is_mistake(&self) -> bool {
        match self {
            Self::Recipe { source, .. } => match &**source {
                RecipeError::Step(step) => step.is_mistake(),
                RecipeError::NotFound | RecipeError::Unreadable(_) => false,
                _ => true,
            },
            // A retry makes sense if any of the failures may not recur.
            Self::Failures(failures) => failures.iter().all(|failure| failure.error.is_mistake()),
            _ => self.below().any(Self::is_mistake),
        }
    }

    /// Errors of steps directly below this one.
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
            // The path of a recipe says more than `execute_recipe`.
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
                write!(f, "recipe calls exceed the depth limit of {limit}: ")?;
                write_calls(f, recipes)
            }
            Self::TooManyTasks { limit } => write!(
                f,
                "more than {limit} substeps and loop items at once: set `max_concurrency`"
            ),
            Self::Template { field, .. } => f.write_str(field),
            Self::TimedOut { after } => write!(f, "timed out after {after}"),
            Self::Journal(error) => error.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked { message } => write!(f, "step panicked: {message}"),
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

/// Failures of concurrent substeps or loop items.
#[derive(Debug)]
pub struct Failures {
    list: Vec<Failure>,
    total: usize,
}

/// Failure of a substep or loop item.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Index of the substep or item.
    pub index: usize,
    /// Its address in the run.
    pub path: StepPath,
    /// The error, which names the substep or item.
    pub error: StepError,
}

impl Failure {
    /// Returns the failure of a substep or item.
    pub fn new(index: usize, path: StepPath, error: StepError) -> Self {
        Self { index, path, error }
    }
}

impl Failures {
    /// Returns failures of `total` substeps or items.
    pub fn new(mut list: Vec<Failure>, total: usize) -> Self {
        list.sort_by_key(|failure| failure.index);
        Self { list, total }
    }

    /// Failures, by index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Failure> {
        self.list.iter()
    }

    /// Number of substeps or items, failed or not.
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

/// Prints as `2 of 5 failed: substep 1 (b.json): …; substep 4 (read_file): …`
impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_SHOWN: usize = 10;
        write!(f, "{} of {} failed", self.list.len(), self.total)?;
        for (position, failure) in self.list.iter().take(MAX_SHOWN).enumerate() {
            let separator = if position == 0 { ": " } else { "; " };
            write!(f, "{separator}{}", chain(&failure.error))?;
        }
        match self.list.len().saturating_sub(MAX_SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Adds the field to the error of a template.
pub trait InField<T> {
    /// Returns the rendered value, or an error that names the field.
    ///
    /// # Errors
    /// If rendering failed.
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

/// Returns the path of a recipe, or a phrase for an empty one.
fn shown(path: &str) -> &str {
    if path.is_empty() {
        "an empty path"
    } else {
        path
    }
}

/// ` "name"` of a named step.
struct Named<'n>(&'n Option<String>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// Writes the first recipes of a call chain, up to the first repetition.
fn write_calls(f: &mut fmt::Formatter<'_>, recipes: &[String]) -> fmt::Result {
    const MAX_SHOWN: usize = 8;
    let mut shown: Vec<&str> = Vec::new();
    for recipe in recipes {
        let again = shown.contains(&recipe.as_str());
        shown.push(recipe);
        if again || shown.len() == MAX_SHOWN {
            break;
        }
    }
    f.write_str(&shown.join(" > "))?;
    if shown.len() < recipes.len() {
        f.write_str(" > …")?;
    }
    Ok(())
}
