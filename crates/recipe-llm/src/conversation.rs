//! A conversation with a model that has tools called until it answers.

use recipe_core::StepError;

use crate::asking::Asked;
use crate::llm_generate::{LlmError, failed, model_failed};
use crate::model::{Answer, AnswerSchema, Message, Request, SchemaWithTools};
use crate::reasoning::without_reasoning;
use crate::tool_servers::Toolbox;

/// A model, its tools, and what was said so far.
pub(crate) struct Conversation<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) toolbox: &'a mut Toolbox,
    pub(crate) request: Request,
    /// The format to ask for when the model has no more use of its tools.
    held_back: Option<AnswerSchema>,
    /// How often it may have tools called.
    max_rounds: u32,
    /// How often it had.
    rounds: u32,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(
        asked: Asked<'a>,
        toolbox: &'a mut Toolbox,
        mut request: Request,
        max_rounds: u32,
    ) -> Self {
        let tools_first = asked.model.schema_with_tools() == SchemaWithTools::ToolsFirst;
        let held_back = match tools_first && !request.tools.is_empty() {
            true => request.schema.take(),
            false => None,
        };
        Self {
            asked,
            toolbox,
            request,
            held_back,
            max_rounds,
            rounds: 0,
        }
    }

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
                let Some(schema) = self.held_back.take() else {
                    self.warn_of_no_choice();
                    return Ok(answer);
                };
                self.ask_for_format(&answer, schema);
                continue;
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

    /// Has the model put into the format what it has answered with the help of its tools. The schema is in the text as
    /// well: there are servers that pass over that of a request.
    fn ask_for_format(&mut self, answer: &Answer, schema: AnswerSchema) {
        // Reasoning is not part of the answer. Where it has no end, there is no answer.
        let text = without_reasoning(&answer.text).unwrap_or_default();
        // After nothing there is nothing to refer to, and there are servers that take no two turns of a user in a row.
        if !text.is_empty() {
            let wanted = format!(
                "Give this answer as JSON that fits the schema, and nothing else:\n{}",
                schema.schema
            );
            self.request.messages.extend([
                Message::Assistant {
                    text: text.to_owned(),
                    tool_calls: Vec::new(),
                },
                Message::User(wanted),
            ]);
        }
        self.request.schema = Some(schema);
        self.request.tools.clear();
    }

    /// A server that holds every answer to the format calls no tool, and does not say so.
    fn warn_of_no_choice(&self) {
        let is_unsure = self.asked.model.schema_with_tools() == SchemaWithTools::Unsure;
        let request = &self.request;
        let both = request.schema.is_some() && !request.tools.is_empty();
        if is_unsure && both && self.rounds == 0 && request.messages.len() == 1 {
            let name = self.asked.name;
            self.asked.scope.warn(&format!(
                "{name}: no tool was called: some servers call none where an answer is to fit a schema"
            ));
        }
    }
}
