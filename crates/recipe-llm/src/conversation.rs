//! A conversation with a model that calls tools until it responds.

use recipe_core::StepError;

use crate::llm_error::{LlmError, failed, model_failed};
use crate::model::{Message, Request, Response, ResponseSchema, SchemaWithTools};
use crate::model_client::ModelClient;
use crate::reasoning::without_reasoning;
use crate::tool_servers::Toolbox;

/// A model, its tools, and the messages so far.
pub(crate) struct Conversation<'a> {
    pub(crate) client: ModelClient<'a>,
    pub(crate) toolbox: &'a mut Toolbox,
    pub(crate) request: Request,
    /// Schema to ask for once the model has stopped calling tools.
    deferred_schema: Option<ResponseSchema>,
    /// Maximum number of rounds of tool calls.
    max_rounds: u32,
    /// Rounds so far.
    rounds: u32,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(
        client: ModelClient<'a>,
        toolbox: &'a mut Toolbox,
        mut request: Request,
        max_rounds: u32,
    ) -> Self {
        let tools_first = client.model.schema_with_tools() == SchemaWithTools::ToolsFirst;
        let deferred_schema = match tools_first && !request.tools.is_empty() {
            true => request.schema.take(),
            false => None,
        };
        Self {
            client,
            toolbox,
            request,
            deferred_schema,
            max_rounds,
            rounds: 0,
        }
    }

    /// Calls tools until the model responds, and returns the response.
    ///
    /// # Errors
    /// Fails if the model does not respond, a tool server disconnects, or the rounds are used up.
    pub(crate) async fn response(&mut self) -> Result<Response, StepError> {
        loop {
            let name = self.client.name;
            let model = || name.to_owned();
            let response = self.client.response(&self.request).await;
            let response = response.map_err(|source| model_failed(name, source))?;
            if response.tool_calls.is_empty() {
                let Some(schema) = self.deferred_schema.take() else {
                    self.warn_if_no_tool_was_called();
                    return Ok(response);
                };
                self.ask_for_format(&response, schema);
                continue;
            }
            if response.is_cut_off {
                return Err(failed(LlmError::CutOff(model())));
            }
            if self.rounds == self.max_rounds {
                return Err(failed(LlmError::TooManyRounds {
                    model: model(),
                    rounds: self.rounds,
                }));
            }
            self.rounds += 1;
            let results = self.toolbox.call(&response.tool_calls, self.client.scope);
            let results = results.await?;
            // A call may have changed the list of tools.
            if self.toolbox.refresh(self.client.scope).await? {
                self.request.tools = self.toolbox.tools();
            }
            self.request.messages.extend([
                Message::Assistant {
                    text: response.text,
                    tool_calls: response.tool_calls,
                },
                Message::ToolResults(results),
            ]);
        }
    }

    /// Asks the model to put its response into the format. The schema is also part of the text:
    /// some servers ignore the schema of a request.
    fn ask_for_format(&mut self, response: &Response, schema: ResponseSchema) {
        // Reasoning is not part of the response. If it does not end, the response is empty.
        let text = without_reasoning(&response.text).unwrap_or_default();
        // An empty response cannot be referred to, and some servers reject two user turns in a row.
        if !text.is_empty() {
            let prompt = format!(
                "Give this answer as JSON that fits the schema, and nothing else:\n{}",
                schema.schema
            );
            self.request.messages.extend([
                Message::Assistant {
                    text: text.to_owned(),
                    tool_calls: Vec::new(),
                },
                Message::User(prompt),
            ]);
        }
        self.request.schema = Some(schema);
        self.request.tools.clear();
    }

    /// Warns that a server which forces every response into the format never calls a tool.
    fn warn_if_no_tool_was_called(&self) {
        let is_unsure = self.client.model.schema_with_tools() == SchemaWithTools::Unsure;
        let request = &self.request;
        let both = request.schema.is_some() && !request.tools.is_empty();
        if is_unsure && both && self.rounds == 0 && request.messages.len() == 1 {
            let name = self.client.name;
            self.client.scope.warn(&format!(
                "{name}: no tool was called: some servers call none if a response schema is set"
            ));
        }
    }
}
