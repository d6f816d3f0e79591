//! `--show-requests`: the first request of a step to a language model.

use recipe_core::registry::OutlineStep;
use recipe_core::{StepError, chain};
use recipe_llm::model::HttpRequest;
use recipe_llm::{LlmGenerate, Models};

use super::place::Place;
use super::{Walk, config};
use crate::commands::dry_run::knowledge::Knowledge;

impl Walk<'_, '_> {
    /// Adds the request of a step that calls a model, if requests are shown.
    pub(super) fn request(&mut self, step: &OutlineStep, at: &Place, known: &Knowledge) {
        if !self.recipes.shows_requests || !step.traits.calls_model {
            return;
        }
        let lines = match self.request_of(step, known) {
            Ok(Some(request)) => lines(&request),
            Ok(None) => vec!["request: known at run time".to_owned()],
            Err(error) => vec![format!("request: none: {}", chain(&error))],
        };
        for line in lines {
            self.plan.line(at.depth + 2, &line);
        }
    }

    fn request_of(
        &mut self,
        step: &OutlineStep,
        known: &Knowledge,
    ) -> Result<Option<HttpRequest>, StepError> {
        if !self.is::<LlmGenerate>(step) {
            return Ok(None);
        }
        let config = config::<LlmGenerate>(step)?;
        let Some(first) = known.render(|variables| config.first_request(variables)) else {
            return Ok(None);
        };
        let (name, request) = first?;
        let Some(models) = self.recipes.registry.extension::<Models>() else {
            return Ok(None);
        };
        let configuration = self.recipes.configured(models.variables());
        let model = models.model(&name, configuration);
        let request = model.and_then(|model| model.http_request(&request));
        request.map_err(StepError::failed)
    }
}

fn lines(request: &HttpRequest) -> Vec<String> {
    let mut lines = vec![format!("request: {} {}", request.method, request.url)];
    let headers = request.headers.iter();
    lines.extend(headers.map(|(name, value)| format!("  {name}: {value}")));
    let body = format!("{:#}", request.body);
    lines.extend(body.lines().map(|line| format!("  {line}")));
    lines
}
