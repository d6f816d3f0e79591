//! Everything that can keep a command from doing what it was asked to, and the exit code it leads to.

use std::io;
use std::path::PathBuf;

use recipe_core::{RecipeError, RunError};
use recipe_journal::StoreError;

use crate::context_file::ContextFileError;
use crate::destination::DestinationError;
use crate::environment_file::EnvironmentFileError;
use crate::exit_code::ExitCode;
use crate::log_files::LogFilesError;
use crate::new_project::NewProjectError;
use crate::signals::Interruption;

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
    /// There is no folder for stored runs.
    #[error("there is no home folder to store runs in: name a folder with --store")]
    NoStore,
    /// The operating system refuses what a run needs.
    #[error("cannot start the run")]
    Start(#[source] io::Error),
    /// The run itself broke down: a mistake in the program.
    #[error("the run broke down")]
    BrokeDown(#[source] tokio::task::JoinError),
    /// Results cannot be printed.
    #[error("cannot write to standard output")]
    Stdout(#[from] io::Error),
}

impl Failure {
    /// How the program ends after this.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Run(error) => match error.source {
                RecipeError::Step(_) => ExitCode::Failed,
                _ => ExitCode::Usage,
            },
            Self::Interrupted { .. } => ExitCode::Interrupted,
            Self::NoRecipe { .. }
            | Self::NewProject(_)
            | Self::UnknownStepType { .. }
            | Self::ContextFile(_)
            | Self::EnvironmentFile(_)
            | Self::NoDestination(_)
            | Self::LogFiles(_)
            | Self::Store(_)
            | Self::NoStore => ExitCode::Usage,
            Self::Destination(_) | Self::Start(_) | Self::BrokeDown(_) | Self::Stdout(_) => {
                ExitCode::Failed
            }
        }
    }

    /// What to write instead, where that can be guessed.
    pub(crate) fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownStepType { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }
}
