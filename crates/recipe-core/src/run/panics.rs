//! Errors made from panics.

use std::any::Any;

use tokio::task::JoinError;

use crate::error::StepError;

/// Returns the error of a panicked step.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> StepError {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    StepError::Panicked { message }
}

/// Returns the error of a task without a result.
pub(super) fn join_error(error: JoinError) -> StepError {
    match error.try_into_panic() {
        Ok(panic) => panicked(&*panic),
        Err(_) => StepError::Cancelled,
    }
}
