//! A conversation with a model that has tools called until it answers.

use recipe_core::StepError;

use crate::asking::Asked;
use crate::llm_generate::{LlmError, failed, model_failed};
use crate::model::{Answer, Message, Request};
use crate::tool_servers::Toolbox;

/// A model, its tools, and what was said so far.
pub(crate) struct Conversation<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) toolbox: &'a mut Toolbox,
    pub(crate) request: Request,
    /// How often it may have tools called.
    pub(crate) max_rounds: u32,
    /// How often it had.
    pub(crate) rounds: u32,
}

impl Conversation<'_> {
    /// The model's next answer. Until it answers, the tools are called that it wants called.
    ///
    /// # Errors
    /// When it does not answer, when a server of tools is gone, and when the model goes on calling tools.
    pub(crate) async fn answer(&mut self) -> Result<Answer, StepError> {
        loop {
            let name = self.asked.name;
            let model = || name.to_owned();
            let answer = self.asked.answer(&self.request).await;
            let answer = answer.map_err(|source| model_failed(name, source))?;
            if answer.tool_calls.is_empty() {
                return Ok(answer);
            }
            if answer.is_cut_off {
                return Err(failed(LlmError::CutOff { model: model() }));
            }
            if self.rounds == self.max_rounds {
                return Err(failed(LlmError::TooManyRounds {
                    model: model(),
                    rounds: self.rounds,
                }));
            }
            self.rounds += 1;
            let results = self.toolbox.call(&answer.tool_calls, self.asked.scope);
            let results = results.await?;
            // A call may have changed what there is to call.
            if self.toolbox.refresh(self.asked.scope).await? {
                self.request.tools = self.toolbox.tools();
            }
            self.request.messages.extend([
                Message::Assistant {
                    text: answer.text,
                    tool_calls: answer.tool_calls,
                },
                Message::ToolResults(results),
            ]);
        }
    }
}
