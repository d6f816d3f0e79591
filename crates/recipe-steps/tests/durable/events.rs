//! Events of durable runs.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use recipe_core::event::EventRecord;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer};
use serde_json::{Value, json};

use super::{call, controlled, fails_once, second, work};
use crate::lab::Lab;

/// Collects all events without their times.
#[derive(Default)]
struct Records(Mutex<Vec<Value>>);

impl Observer for Records {
    fn observe(&self, event: &Event<'_>) {
        let secrets = KnownSecrets::new();
        let record = EventRecord::new(event, SystemTime::UNIX_EPOCH, &secrets);
        let mut record = serde_json::to_value(record).expect("records are JSON");
        let fields = record.as_object_mut().expect("records are objects");
        fields.shift_remove("time");
        fields.shift_remove("duration");
        self.0.lock().expect("no panic").push(record);
    }
}

/// Collects the changes to artifacts by reused steps.
#[derive(Default)]
struct Reused(Mutex<Vec<(String, Value)>>);

impl Observer for Reused {
    fn observe(&self, event: &Event<'_>) {
        if let Event::StepReused { step, changes, .. } = event {
            let changes = changes.iter();
            let changes = changes.map(|(name, value)| (name.to_owned(), json!(value)));
            let entry = (step.path.to_string(), changes.collect());
            self.0.lock().expect("no panic").push(entry);
        }
    }

    fn watches_artifacts(&self) -> bool {
        true
    }
}

/// Returns the events of a resumed run whose first run fails.
async fn events_when_resumed(lab: &Lab, steps: Value) -> Vec<String> {
    assert!(lab.run(steps.clone()).await.result.is_err());
    let before = lab.log.events().len();
    lab.run(steps).await.artifacts();
    let events = lab.log.events().split_off(before);
    events.iter().map(|event| lab.short(event)).collect()
}

#[tokio::test(start_paused = true)]
async fn finished_steps_are_reused_without_events_of_inner_steps() {
    let lab = Lab::durable();
    let inner = lab.file("inner.json", json!([second("a"), second("b")]).to_string());
    let outer = lab.file(
        "outer.json",
        json!([call(&inner), fails_once("c")]).to_string(),
    );
    let steps = json!([
        call(&inner),
        {"type": "parallel", "substeps": [second("d"), call(&inner), call(&outer)]},
        second("e"),
    ]);
    assert_eq!(
        events_when_resumed(&lab, steps).await,
        [
            "reused 0",
            "started 1",
            "reused 1.substeps[0]",
            "reused 1.substeps[1]",
            "started 1.substeps[2]",
            "reused 1.substeps[2]/outer.json:0",
            "started 1.substeps[2]/outer.json:1",
            "finished 1.substeps[2]/outer.json:1",
            "finished 1.substeps[2]",
            "finished 1",
            "started 2",
            "finished 2",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn finished_items_count_as_done() {
    let mut lab = Lab::durable();
    let steps = json!([{
        "type": "loop",
        "items": ["a", "b", "c"],
        "item_key": "item",
        "substeps": [second("")],
    }]);
    assert!(lab.run_for(2.5, steps.clone()).await.result.is_err());
    let records = Arc::new(Records::default());
    lab.observers.push(records.clone());
    lab.run(steps).await.artifacts();
    let records = records.0.lock().expect("no panic");
    let shown = records.iter().map(|record| match &record["done"] {
        Value::Null => format!("{} {}", record["event"], record["path"]),
        done => format!("{done} of {}", record["total"]),
    });
    let shown = shown.collect::<Vec<_>>().join("\n").replace('"', "");
    insta::assert_snapshot!(shown, @"
    run_started null
    step_started 0
    0 of 3
    1 of 3
    2 of 3
    step_started 0.items[2].substeps[0]
    step_finished 0.items[2].substeps[0]
    3 of 3
    step_finished 0
    run_finished null
    ");
}

#[tokio::test(start_paused = true)]
async fn a_resumed_recovery_has_the_events_of_a_failure() {
    let lab = Lab::durable();
    let fails = work("a", json!({"fail": "no"}));
    let follow = json!({"on_error": {"steps": [second("b"), fails_once("c")]}});
    let steps = json!([controlled(fails, follow)]);
    assert_eq!(
        events_when_resumed(&lab, steps).await,
        [
            "started 0",
            "recovering 0",
            "reused 0.on_error[0]",
            "started 0.on_error[1]",
            "finished 0.on_error[1]",
            "recovered 0",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_reused_step_reports_its_changes_to_artifacts() {
    let mut lab = Lab::durable();
    let set = |key: &str, value: &str| json!({"type": "set_context", "key": key, "value": value});
    let inner = json!([set("x", "new"), set("y", "old"), set("z", "new")]);
    let inner = lab.file("inner.json", inner.to_string());
    let steps = json!([
        set("x", "old"),
        set("y", "old"),
        call(&inner),
        fails_once("end")
    ]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    let reused = Arc::new(Reused::default());
    lab.observers.push(reused.clone());
    lab.run(steps).await.artifacts();
    let expected = [
        ("0", json!({"x": "old"})),
        ("1", json!({"y": "old"})),
        // `y` is unchanged.
        ("2", json!({"x": "new", "z": "new"})),
    ];
    let expected = expected.map(|(path, changes)| (path.to_owned(), changes));
    assert_eq!(*reused.0.lock().expect("no panic"), expected);
}

#[tokio::test(start_paused = true)]
async fn an_uninterrupted_durable_run_has_the_same_events_as_others() {
    let mut observed = Vec::new();
    for mut lab in [Lab::new(), Lab::durable()] {
        let records = Arc::new(Records::default());
        lab.observers.push(records.clone());
        let inner =
            json!({"env_vars": ["API_KEY"], "typo": 1, "steps": [second("a"), fails_once("b")]});
        let inner = lab.file("inner.json", inner.to_string());
        let retry = json!({"retry": {"attempts": 2, "delay": 1, "jitter": false}});
        let fails = json!({"on_error": {"steps": [second("c")]}});
        let outcome = lab
            .run(json!([
                controlled(call(&inner), retry),
                controlled(work("d", json!({"fail": "no"})), fails),
                {"type": "loop", "items": {"x": 1, "y": 2}, "item_key": "item", "result_key": "rounds",
                    "substeps": [second("")]},
                {"type": "parallel", "result_key": "both", "substeps": [
                    second("e"),
                    work("f", json!({"seconds": 2, "fail": "no"})),
                    work("g", json!({"seconds": 3})),
                ], "max_concurrency": 2},
            ]))
            .await;
        assert!(outcome.result.is_err());
        let artifacts = Value::Object(outcome.context.to_json()).to_string();
        let records = json!(*records.0.lock().expect("no panic")).to_string();
        observed.push((
            lab.short(&artifacts),
            lab.short(&records),
            lab.log.actions(),
        ));
    }
    assert_eq!(observed[0], observed[1]);
    for event in ["retried", "recovering", "recovered", "failed", "cancelled"] {
        assert!(observed[0].1.contains(&format!("step_{event}")), "{event}");
    }
}
