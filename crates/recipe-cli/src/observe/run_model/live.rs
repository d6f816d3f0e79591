//! The model of a run that several observers share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer};

use super::texts::Texts;
use super::{Detail, RunModel};

/// Keeps the model of a run by observing it.
pub(crate) struct LiveModel {
    secrets: KnownSecrets,
    detail: Detail,
    model: Mutex<RunModel>,
}

impl LiveModel {
    /// Creates the model of a run of `recipe`.
    pub(crate) fn new(recipe: String, secrets: KnownSecrets, detail: Detail) -> Self {
        Self {
            secrets,
            detail,
            model: Mutex::new(RunModel::new(recipe, detail)),
        }
    }

    /// Locks the model. The run waits meanwhile.
    pub(crate) fn lock(&self) -> MutexGuard<'_, RunModel> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn into_inner(self) -> RunModel {
        self.model.into_inner().unwrap()
    }
}

impl Observer for LiveModel {
    fn observe(&self, event: &Event<'_>) {
        let now = Instant::now();
        // Outside of the lock, since masking a large artifact takes time.
        let limit = || self.lock().value_limit();
        let texts = Texts::new(event, &self.secrets, self.detail, limit);
        self.lock().observe(event, texts, now);
    }

    fn watches_artifacts(&self) -> bool {
        self.detail == Detail::Everything
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Counts, Outcome, State};
    use super::*;
    use crate::observe::resumed_run;

    fn observed(detail: Detail) -> RunModel {
        let live = LiveModel::new("main.json".to_owned(), KnownSecrets::new(), detail);
        let live = Arc::new(live);
        resumed_run::observe(live.clone());
        Arc::into_inner(live).unwrap().into_inner()
    }

    #[test]
    fn a_reused_step_takes_no_time_and_has_what_it_changed_before() {
        let model = observed(Detail::Everything);
        let steps = model.steps.iter().map(|step| {
            let changed = step.changes.kept.iter().map(|change| {
                let value = change.value.as_ref().expect("none is removed");
                format!("{}={}", change.name, value.text)
            });
            let changed: Vec<String> = changed.collect();
            let path = model.path_of(step);
            let name = step.name.as_deref();
            format!("{path} {name:?} {} {changed:?}\n", step.state.word())
        });
        insta::assert_snapshot!(steps.collect::<String>(), @r#"
        0 Some("first") reused ["a=1"]
        1 None done []
        1.substeps[0] None reused ["b=2"]
        1.substeps[1] None done ["c=3"]
        "#);
        for step in &model.steps {
            assert!(step.config.is_some(), "{step:?}");
            if step.state == State::Reused {
                assert_eq!(step.end, Some(step.start));
            }
        }
        let counts = Counts {
            steps: 4,
            done: 2,
            reused: 2,
            ..Counts::default()
        };
        assert_eq!((model.outcome, model.tally.counts), (Outcome::Done, counts));
    }

    #[test]
    fn a_trace_needs_nothing_of_a_reused_step_but_its_time() {
        let first = &observed(Detail::Times).steps[0];
        assert_eq!(first.state, State::Reused);
        assert!(first.changes.kept.is_empty() && first.config.is_none());
    }
}
