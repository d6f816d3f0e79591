//! Texts of an event, masked and cut: the model holds no artifact longer than the run does, and no secret.

use recipe_core::event::Changes;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, chain};

use super::{Change, ChangedArtifacts, Cut, Detail, MAX_CHANGES, MAX_ERROR, MAX_TOOL_NAME};

/// Texts of an event, as far as they are kept.
#[derive(Default)]
pub(crate) struct Texts {
    /// Why the step, the attempt or the run failed.
    pub(super) error: Option<Cut>,
    /// What a step that ended did to the artifacts.
    pub(super) changes: ChangedArtifacts,
    /// What a tool was given and returned.
    pub(super) tool_call: Option<ToolTexts>,
}

/// Texts of a tool call.
pub(super) struct ToolTexts {
    pub(super) tool: String,
    pub(super) arguments: Cut,
    pub(super) result: Result<Cut, Cut>,
}

impl Texts {
    /// Cuts the texts of an event, values to `limit` bytes.
    pub(super) fn new(
        event: &Event<'_>,
        secrets: &KnownSecrets,
        detail: Detail,
        limit: usize,
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
        .map(|error| Cut::of_text(&error, MAX_ERROR, secrets));
        match *event {
            Event::StepFinished { changes, .. }
            | Event::StepRecovered { changes, .. }
            | Event::StepFailed { changes, .. }
            | Event::StepReused { changes, .. }
                if detail == Detail::Everything =>
            {
                texts.changes = cut_changes(changes, secrets, limit);
            }
            Event::ToolCalled {
                tool,
                arguments,
                result,
                ..
            } => {
                // Below that detail only the reason of a failure is kept.
                let detail_limit = match detail {
                    Detail::Everything => limit,
                    _ => 0,
                };
                texts.tool_call = Some(ToolTexts {
                    tool: Cut::of_text(tool, MAX_TOOL_NAME, secrets).text,
                    arguments: Cut::of_value(arguments, detail_limit, secrets),
                    result: result
                        .map(|text| Cut::of_text(text, detail_limit, secrets))
                        .map_err(|text| Cut::of_text(text, limit, secrets)),
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
        value: value.map(|value| Cut::of_value(value, limit, secrets)),
        is_addition: false,
    });
    ChangedArtifacts {
        kept: kept.collect(),
        more: all.count(),
    }
}
