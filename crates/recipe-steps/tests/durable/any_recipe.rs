//! Random recipes whose results do not depend on timing.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::lab::Lab;

/// A step. Times are in tenths of a second.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Has an effect and copies the artifact `seen`.
    Work {
        takes: u64,
    },
    /// Appends to the artifact `seen`.
    Append,
    /// Sets an artifact to an object with keys in either order.
    Order {
        forward: bool,
    },
    Parallel {
        substeps: Vec<Node>,
        schedule: Schedule,
    },
    Loop {
        items: u64,
        keyed: bool,
        steps: Vec<Node>,
        schedule: Schedule,
    },
    Branch {
        holds: bool,
        steps: Vec<Node>,
    },
    Call {
        steps: Vec<Node>,
    },
    /// Fails some times, then succeeds.
    Retried {
        failures: u64,
        steps: Vec<Node>,
        concurrent: bool,
    },
    /// Fails after its steps and is recovered.
    Recovered {
        steps: Vec<Node>,
        after: Vec<Node>,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    limit: u64,
    delay: u64,
    /// Whether one failure is tolerated.
    tolerant: bool,
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let delay = prop_oneof![3 => Just(0), 1 => 1..20u64];
    (0..4u64, delay, prop::bool::weighted(0.3)).prop_map(|(limit, delay, tolerant)| Schedule {
        limit,
        delay,
        tolerant,
    })
}

pub(super) fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let leaf = prop_oneof![
        4 => (0..30u64).prop_map(|takes| Node::Work { takes }),
        2 => Just(Node::Append),
        1 => any::<bool>().prop_map(|forward| Node::Order { forward }),
    ];
    let node = leaf.prop_recursive(3, 24, 4, |node| {
        let steps = prop::collection::vec(node, 1..4);
        prop_oneof![
            2 => (steps.clone(), schedule())
                .prop_map(|(substeps, schedule)| Node::Parallel { substeps, schedule }),
            2 => (1..4u64, any::<bool>(), steps.clone(), schedule())
                .prop_map(|(items, keyed, steps, schedule)| Node::Loop { items, keyed, steps, schedule }),
            1 => (any::<bool>(), steps.clone()).prop_map(|(holds, steps)| Node::Branch { holds, steps }),
            2 => steps.clone().prop_map(|steps| Node::Call { steps }),
            1 => (1..3u64, steps.clone(), any::<bool>())
                .prop_map(|(failures, steps, concurrent)| Node::Retried { failures, steps, concurrent }),
            1 => (steps.clone(), steps).prop_map(|(steps, after)| Node::Recovered { steps, after }),
        ]
    });
    prop::collection::vec(node, 1..5)
}

/// Converts nodes to recipe steps, writing called recipes to the lab's directory.
pub(super) struct Writer<'l> {
    lab: &'l Lab,
    /// Number of generated names.
    names: usize,
}

impl<'l> Writer<'l> {
    pub(super) fn new(lab: &'l Lab) -> Self {
        Self { lab, names: 0 }
    }

    /// Converts nodes to a recipe.
    pub(super) fn recipe(mut self, nodes: &[Node]) -> Value {
        let inputs = json!({
            "seen": {"type": "array", "default": ["initial"]},
            "order": {"type": "object", "default": {"a": 1, "b": 2}},
            "item": {"type": "string", "default": "none"},
        });
        json!({"inputs": inputs, "steps": self.steps(nodes)})
    }

    fn steps(&mut self, nodes: &[Node]) -> Vec<Value> {
        nodes.iter().map(|node| self.step(node)).collect()
    }

    fn step(&mut self, node: &Node) -> Value {
        match node {
            Node::Work { takes } => {
                json!({"type": "work", "seconds": *takes as f64 / 10.0, "copy": "seen"})
            }
            Node::Append => json!({
                "type": "set_context",
                "key": "seen",
                "value": [format!("{} {{{{ item }}}}", self.name())],
                "if_exists": "merge",
            }),
            Node::Order { forward } => {
                let value = match forward {
                    true => json!({"a": 1, "b": 2}),
                    false => json!({"b": 2, "a": 1}),
                };
                json!({"type": "set_context", "key": "order", "value": value})
            }
            Node::Parallel { substeps, schedule } => {
                let mut substeps = self.steps(substeps);
                if schedule.tolerant {
                    substeps.insert(1, json!({"type": "work", "seconds": 0.7, "fail": "broke"}));
                }
                let step = json!({"substeps": substeps, "result_key": self.name()});
                with_schedule("parallel", step, *schedule)
            }
            Node::Loop {
                items,
                keyed,
                steps,
                schedule,
            } => {
                let mut steps = self.steps(steps);
                let item = json!({"type": "set_context", "key": "item", "value": "{{ item }}!"});
                steps.push(item);
                if schedule.tolerant {
                    let fails = json!({"type": "work", "seconds": 0.7, "fail_if": ["item", "1!"]});
                    steps.push(fails);
                }
                let items = match keyed {
                    true => (0..*items)
                        .map(|item| (format!("k{item}"), json!(item)))
                        .collect(),
                    false => Value::from_iter(0..*items),
                };
                let step = json!({
                    "items": items,
                    "item_key": "item",
                    "substeps": steps,
                    "result_key": self.name(),
                });
                with_schedule("loop", step, *schedule)
            }
            Node::Branch { holds, steps } => {
                let steps = self.steps(steps);
                let branch = if *holds { "if_true" } else { "if_false" };
                json!({"type": "conditional", "condition": holds, branch: {"steps": steps}})
            }
            Node::Call { steps } => {
                let steps = self.steps(steps);
                json!({"type": "execute_recipe", "config": self.call(steps), "timeout": 1e6})
            }
            Node::Retried {
                failures,
                steps,
                concurrent,
            } => {
                let mut steps = self.steps(steps);
                let flaky =
                    json!({"type": "work", "seconds": 1.3, "fail": "not yet", "times": failures});
                steps.insert(1, flaky);
                let (step_type, config) = match concurrent {
                    true => {
                        let config = json!({"substeps": steps, "result_key": self.name()});
                        ("parallel", config)
                    }
                    false => ("execute_recipe", self.call(steps)),
                };
                let retry = json!({"attempts": failures + 1, "delay": 0.5, "jitter": false});
                json!({"type": step_type, "config": config, "retry": retry})
            }
            Node::Recovered { steps, after } => {
                let mut steps = self.steps(steps);
                steps.push(json!({"type": "work", "seconds": 0.4, "fail": "broke"}));
                let after = self.steps(after);
                json!({
                    "type": "execute_recipe",
                    "config": self.call(steps),
                    "on_error": {"steps": after},
                })
            }
        }
    }

    /// Writes a recipe of steps. Returns the configuration of a call.
    fn call(&mut self, steps: Vec<Value>) -> Value {
        let name = format!("{}.json", self.name());
        json!({"recipe_path": self.lab.file(&name, json!(steps).to_string())})
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }
}

fn with_schedule(step_type: &str, mut step: Value, schedule: Schedule) -> Value {
    step["type"] = json!(step_type);
    step["max_concurrency"] = json!(schedule.limit);
    step["delay"] = json!(schedule.delay as f64 / 10.0);
    if schedule.tolerant {
        step["fail_fast"] = json!(false);
        step["max_failures"] = json!(1);
    }
    step
}
