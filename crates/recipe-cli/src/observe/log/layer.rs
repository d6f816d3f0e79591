//! Writes log records, of whichever crate, into the log files, with the step that each was made in.

use std::sync::Arc;

use recipe_core::secrets::KnownSecrets;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::arguments::LogFormat;
use crate::observe::log::file::LogFile;
use crate::observe::log::record::{Record, StepPlace};

/// Passes records on to files.
pub(crate) struct LogLayer {
    files: Vec<Arc<LogFile>>,
    format: LogFormat,
    secrets: KnownSecrets,
}

impl LogLayer {
    /// Writes records to these files, each of its level, with secrets masked.
    pub(crate) fn new(files: Vec<Arc<LogFile>>, format: LogFormat, secrets: KnownSecrets) -> Self {
        Self {
            files,
            format,
            secrets,
        }
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.files.iter().map(|file| file.level()).max()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        let is_step = metadata.name() == "step" && metadata.target() == "recipe_core";
        if is_step && let Some(span) = context.span(id) {
            let mut place = StepPlace::default();
            attributes.record(&mut place);
            span.extensions_mut().insert(place);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut files = self.files.iter().filter(|file| level <= file.level());
        let Some(first) = files.next() else {
            return;
        };
        let mut record = Record::default();
        event.record(&mut record);
        let made_in = context
            .event_scope(event)
            .and_then(|mut spans| spans.find_map(|span| span.extensions().get().cloned()));
        let line = record.line(level, made_in.as_ref(), self.format, &self.secrets);
        first.write(&line);
        files.for_each(|file| file.write(&line));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use recipe_core::{
        ConfigError, Context, Executor, RecipeSource, Scope, Step, StepBuilder, StepError,
    };
    use serde_json::{Map, Value};
    use tracing::{info, warn};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Logs as a crate does that knows nothing of recipes.
    struct Logging;

    impl Step for Logging {
        const TYPE: &'static str = "logging";
        type Config = Map<String, Value>;

        fn new(_: Self::Config, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
            Ok(Self)
        }

        async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
            tokio::task::yield_now().await;
            info!(path = "/v1", tries = 3, "sent");
            let inner = tracing::info_span!("request", path = "/v2");
            inner.in_scope(|| warn!("two\nlines of sk-live-1234"));
            Ok(())
        }
    }

    /// What a run writes into a log file.
    fn logged(format: LogFormat) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.log");
        let file = Arc::new(LogFile::open(path.clone(), LevelFilter::INFO).unwrap());
        let secrets = KnownSecrets::new();
        let config = serde_json::json!({"api_key": "sk-live-1234"});
        secrets.learn(config.as_object().unwrap());
        let layer = LogLayer::new(vec![file], format, secrets);
        let subscriber = tracing_subscriber::registry().with(layer);

        let mut registry = recipe_steps::registry();
        registry.register::<Logging>().unwrap();
        let recipe = RecipeSource::json(
            "test",
            r#"[{"type": "parallel", "substeps": [{"type": "logging"}]}]"#,
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let mut context = Context::new();
            let executor = Executor::new(registry);
            runtime
                .block_on(executor.run(recipe, &mut context))
                .unwrap();
        });
        let log = fs::read_to_string(path).unwrap();
        log.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_record_of_any_crate_has_the_step_it_was_made_in() {
        let lines = logged(LogFormat::Text);
        let texts: Vec<_> = lines.iter().map(|l| l.split_once('Z').unwrap().1).collect();
        assert_eq!(
            texts,
            [
                "  INFO 0.substeps[0] logging: sent path=/v1 tries=3",
                "  WARN 0.substeps[0] logging: two\\nlines of ***",
            ]
        );
    }

    #[test]
    fn in_json_the_step_stands_apart_from_the_fields_of_the_record() {
        let lines = logged(LogFormat::Json);
        let records: Vec<_> = lines.iter().map(|l| l.split_once(',').unwrap().1).collect();
        assert_eq!(
            records,
            [
                r#""level":"INFO","path":"0.substeps[0]","type":"logging","message":"sent","fields":{"path":"/v1","tries":3}}"#,
                r#""level":"WARN","path":"0.substeps[0]","type":"logging","message":"two\nlines of ***"}"#,
            ]
        );
    }
}
