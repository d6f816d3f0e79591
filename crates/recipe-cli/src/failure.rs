//! Everything that can keep a command from doing what it was asked to, and the exit code it leads to.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use recipe_core::RunError;
use recipe_core::error::RecipeError;
use recipe_journal::{ChangedRecipe, StoreError};

use crate::arguments::destination::DestinationError;
use crate::commands::init::new_project::NewProjectError;
use crate::exit_code::ExitCode;
use crate::observe::log::files::LogFilesError;
use crate::run::context_file::ContextFileError;
use crate::run::environment_file::EnvironmentFileError;
use crate::run::signals::Interruption;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The run failed, or its recipe is not valid.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Someone stopped the run.
    #[error("{}: {interruption}", .recipe.display())]
    Interrupted {
        /// The main recipe.
        recipe: PathBuf,
        /// Who.
        interruption: Interruption,
    },
    /// The recipe to look at is not valid, or cannot be read.
    #[error("{}", .file.display())]
    NoRecipe {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: RecipeError,
    },
    /// An artifact is given that the recipe does not declare as an input.
    #[error("undeclared artifact: {name}, {} has no such input", .recipe.display())]
    UndeclaredArtifact {
        /// The recipe.
        recipe: PathBuf,
        /// The artifact.
        name: String,
        /// The input that was probably meant.
        nearest: Option<String>,
    },
    /// The project cannot be made.
    #[error(transparent)]
    NewProject(#[from] NewProjectError),
    /// There is no such step type.
    #[error("unknown step type: {step_type}")]
    UnknownStepType {
        /// The type as given.
        step_type: String,
        /// The one that looks most like it.
        nearest: Option<String>,
    },
    /// The file for `--context-file` is of no use.
    #[error(transparent)]
    ContextFile(#[from] ContextFileError),
    /// The file `.env` is of no use.
    #[error(transparent)]
    EnvironmentFile(#[from] EnvironmentFileError),
    /// A result has no place to go to: found before the work.
    #[error(transparent)]
    NoDestination(DestinationError),
    /// A result cannot be written: found after the work.
    #[error(transparent)]
    Destination(DestinationError),
    /// The log files cannot be written.
    #[error(transparent)]
    LogFiles(#[from] LogFilesError),
    /// A stored run cannot be read or written, or is not there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No stored run can be resumed.
    #[error("no run to resume in {}", .store.display())]
    NothingToResume {
        /// The store.
        store: PathBuf,
    },
    /// There is no run to show.
    #[error("no stored runs in {}", .store.display())]
    NoStoredRuns {
        /// The store.
        store: PathBuf,
    },
    /// The run needs a secret that is not stored.
    #[error("the run was given a secret configuration value, and secrets are not stored: {name}")]
    SecretNotGiven {
        /// Its name.
        name: String,
    },
    /// The run cannot go on where it was.
    #[error("cannot use the folder of the run: {}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Recipes are not what they were.
    #[error("{}", Changes(.0))]
    RecipesChanged(Vec<ChangedRecipe>),
    /// There is no folder for stored runs.
    #[error("there is no home folder to store runs in: name a folder with --store")]
    NoStore,
    /// The operating system refuses what a run needs.
    #[error("cannot start the run")]
    Start(#[source] io::Error),
    /// The folder that the program was started in is gone.
    #[error("cannot use the working directory")]
    WorkingFolder(#[source] io::Error),
    /// The run itself broke down: a mistake in the program.
    #[error("the run broke down")]
    BrokeDown(#[source] tokio::task::JoinError),
    /// Recipes cannot be served.
    #[cfg(feature = "llm")]
    #[error(transparent)]
    Server(#[from] recipe_llm::mcp_server::ServerError),
    /// Someone stopped the server.
    #[cfg(feature = "llm")]
    #[error("{0}")]
    ServerStopped(Interruption),
    /// Results cannot be printed.
    #[error("cannot write to standard output")]
    Stdout(#[from] io::Error),
}

impl Failure {
    /// How the program ends after this.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Run(error) => match error.source {
                RecipeError::Step(_) | RecipeError::Journal(_) => ExitCode::Failed,
                _ => ExitCode::Usage,
            },
            Self::Interrupted { .. } => ExitCode::Interrupted,
            #[cfg(feature = "llm")]
            Self::ServerStopped(_) => ExitCode::Interrupted,
            #[cfg(feature = "llm")]
            Self::Server(_) => ExitCode::Usage,
            Self::NoRecipe { .. }
            | Self::NewProject(_)
            | Self::UnknownStepType { .. }
            | Self::ContextFile(_)
            | Self::UndeclaredArtifact { .. }
            | Self::EnvironmentFile(_)
            | Self::NoDestination(_)
            | Self::LogFiles(_)
            | Self::Store(_)
            | Self::NothingToResume { .. }
            | Self::NoStoredRuns { .. }
            | Self::SecretNotGiven { .. }
            | Self::Folder { .. }
            | Self::WorkingFolder(_)
            | Self::RecipesChanged(_)
            | Self::NoStore => ExitCode::Usage,
            Self::Destination(_) | Self::Start(_) | Self::BrokeDown(_) | Self::Stdout(_) => {
                ExitCode::Failed
            }
        }
    }

    /// Whether it is a run that was refused before its first step.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Run(_)) && self.exit_code() == ExitCode::Usage
    }

    /// What to do about it, where there is something to say.
    pub(crate) fn advice(&self) -> Option<String> {
        match self {
            Self::SecretNotGiven { name } => Some(format!("give it again: --config {name}=…")),
            _ if self.is_of_changed_recipe() => Some(
                "--accept-changes goes on with the recipes as they are now and runs again what is not the same"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn is_of_changed_recipe(&self) -> bool {
        let mut reason: Option<&(dyn Error + 'static)> = Some(self);
        while let Some(error) = reason {
            if let Some(RecipeError::Changed(_)) = error.downcast_ref() {
                return true;
            }
            reason = error.source();
        }
        matches!(self, Self::RecipesChanged(_))
    }

    /// What to write instead, where that can be guessed.
    pub(crate) fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownStepType { nearest, .. } | Self::UndeclaredArtifact { nearest, .. } => {
                nearest.as_deref()
            }
            _ => None,
        }
    }
}

/// Recipes that are not what they were, on one line.
struct Changes<'c>(&'c [ChangedRecipe]);

impl fmt::Display for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, ChangedRecipe { file, change, .. }) in self.0.iter().enumerate() {
            let semicolon = if position > 0 { "; " } else { "" };
            write!(f, "{semicolon}{file}: {change}")?;
        }
        Ok(())
    }
}
