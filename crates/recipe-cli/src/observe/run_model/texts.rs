//! Texts of an event, masked and cut: the model does not keep whole artifacts alive.

use recipe_core::event::Changes;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, chain};

use super::{Change, ChangedArtifacts, Cut, Detail, MAX_CHANGES, MAX_ERROR, MAX_TOOL_NAME};

/// Texts of an event, as far as they are kept.
#[derive(Default)]
pub(crate) struct Texts {
    /// Error of the step, the attempt or the run.
    pub(super) error: Option<Cut>,
    /// Changes of a step that ended to the artifacts.
    pub(super) changes: ChangedArtifacts,
    /// Texts of a tool call.
    pub(super) tool_call: Option<ToolTexts>,
}

/// Arguments and result of a tool call.
pub(super) struct ToolTexts {
    pub(super) tool: String,
    pub(super) arguments: Cut,
    pub(super) result: Result<Cut, Cut>,
}

impl Texts {
    /// Cuts the texts of an event, values to `limit` bytes. Calls it only if the event has values.
    pub(super) fn new(
        event: &Event<'_>,
        secrets: &KnownSecrets,
        detail: Detail,
        limit: impl FnOnce() -> usize,
    ) -> Self {
        let mut texts = Self::default();
        if detail == Detail::Running {
            return texts;
        }
        texts.error = match *event {
            Event::RunFinished { error, .. } => error.map(|error| chain(error).to_string()),
            Event::StepRetried { error, .. }
            | Event::StepRecovering { error, .. }
            | Event::StepFailed { error, .. } => Some(chain(error).to_string()),
            _ => None,
        }
        .map(|error| Cut::from_text(&error, MAX_ERROR, secrets));
        match *event {
            Event::StepFinished { changes, .. }
            | Event::StepRecovered { changes, .. }
            | Event::StepFailed { changes, .. }
            | Event::StepReused { changes, .. }
                if detail == Detail::Everything =>
            {
                texts.changes = cut_changes(changes, secrets, limit());
            }
            Event::ToolCalled {
                tool,
                arguments,
                result,
                ..
            } => {
                let limit = limit();
                // With less detail only the error of a failed call is kept.
                let detail_limit = match detail {
                    Detail::Everything => limit,
                    _ => 0,
                };
                texts.tool_call = Some(ToolTexts {
                    tool: Cut::from_text(tool, MAX_TOOL_NAME, secrets).text,
                    arguments: Cut::from_value(arguments, detail_limit, secrets),
                    result: result
                        .map(|text| Cut::from_text(text, detail_limit, secrets))
                        .map_err(|text| Cut::from_text(text, limit, secrets)),
                });
            }
            _ => {}
        }
        texts
    }
}

fn cut_changes(changes: Changes<'_>, secrets: &KnownSecrets, limit: usize) -> ChangedArtifacts {
    let mut all = changes.iter();
    let kept = all.by_ref().take(MAX_CHANGES).map(|(name, value)| Change {
        name: name.to_owned(),
        value: value.map(|value| Cut::from_value(value, limit, secrets)),
        is_addition: false,
    });
    ChangedArtifacts {
        kept: kept.collect(),
        more: all.count(),
    }
}
