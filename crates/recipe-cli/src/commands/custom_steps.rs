//! Custom steps with traits: checks, graphs, dry runs and `--no-commands` treat them like the
//! built-in ones.

use std::fs;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use recipe_core::document::StepDocument;
use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, Recipe, Registry, Scope, Step, StepBuilder, StepError};
use recipe_lint::Linter;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A kind of scripted step.
trait Kind: Send + Sync + 'static {
    const TYPE: &'static str;
    const TRAITS: StepTraits;
}

struct Save;
struct Start;
struct Follow;
struct Every;
struct Choose;

impl Kind for Save {
    const TYPE: &'static str = "save";
    const TRAITS: StepTraits = StepTraits::new().writes_files_at("path", Some("folder"));
}

impl Kind for Start {
    const TYPE: &'static str = "start";
    const TRAITS: StepTraits = StepTraits::new().starts_programs();
}

impl Kind for Follow {
    const TYPE: &'static str = "follow";
    const TRAITS: StepTraits = StepTraits::new().calls_recipe("path", Some("with"));
}

impl Kind for Every {
    const TYPE: &'static str = "every";
    const TRAITS: StepTraits = StepTraits::new()
        .isolates_substeps()
        .repeats_substeps("over");
}

impl Kind for Choose {
    const TYPE: &'static str = "choose";
    const TRAITS: StepTraits = StepTraits::new().decides_by("when", "then", "otherwise");
}

/// Does nothing.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "most fields are read as a schema only")]
struct CustomConfig {
    /// A file.
    #[serde(default)]
    path: Option<Template>,
    /// The folder it is in.
    #[serde(default)]
    folder: Option<Template>,
    /// Artifacts to set.
    #[serde(default)]
    with: Option<Value>,
    /// Items.
    #[serde(default)]
    over: Option<recipe_steps::Items>,
    /// The artifact for the item.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "item"))]
    thing: Option<String>,
    /// A condition.
    #[serde(default)]
    when: Option<Template>,
    /// Steps for each item.
    #[serde(default)]
    steps: Vec<StepDocument>,
    /// Steps if the condition holds.
    #[serde(default)]
    then: Vec<StepDocument>,
    /// Steps otherwise.
    #[serde(default)]
    otherwise: Vec<StepDocument>,
}

struct Custom<K>(PhantomData<K>);

impl<K: Kind> Step for Custom<K> {
    const TYPE: &'static str = K::TYPE;
    type Config = CustomConfig;
    const TRAITS: StepTraits = K::TRAITS;

    fn new(config: CustomConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        builder.steps(&["steps"], "step", &config.steps);
        builder.steps(&["then"], "step", &config.then);
        builder.steps(&["otherwise"], "step", &config.otherwise);
        Ok(Self(PhantomData))
    }

    async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
        Ok(())
    }
}

/// The built-in steps and the custom ones.
pub(crate) fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    registry.register::<Custom<Save>>().unwrap();
    registry.register::<Custom<Start>>().unwrap();
    registry.register::<Custom<Follow>>().unwrap();
    registry.register::<Custom<Every>>().unwrap();
    registry.register::<Custom<Choose>>().unwrap();
    registry
}

/// Codes and messages of the diagnostics of a recipe in a folder.
fn lint(folder: &Path, steps: Value) -> Vec<String> {
    let file = write(folder, "main.json", json!({"inputs": {}, "steps": steps}));
    let linted = Linter::new(registry()).lint(&file);
    let found = linted.diagnostics.iter();
    let found = found.map(|found| format!("{}: {}", found.code, found.message));
    found
        .map(|found| found.replace(&*folder.to_string_lossy(), "FOLDER"))
        .collect()
}

/// Writes a recipe.
pub(crate) fn write(folder: &Path, name: &str, document: Value) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, document.to_string()).unwrap();
    file
}

#[test]
fn checks_know_what_custom_steps_write_call_and_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("later.json");
    let follow = json!({"type": "follow", "path": path});
    assert_eq!(
        lint(folder, json!([follow])),
        ["missing-recipe: step 0 (follow): recipe file not found: FOLDER/later.json"]
    );
    for writer in ["save", "start"] {
        assert_eq!(
            lint(folder, json!([{"type": writer}, follow])),
            Vec::<String>::new()
        );
    }

    let again = json!({"type": "follow", "path": folder.join("main.json")});
    assert_eq!(
        lint(folder, json!([again])),
        ["call-cycle: step 0 (follow): endless recipe calls: FOLDER/main.json > FOLDER/main.json"]
    );
    let sometimes = json!({"type": "choose", "when": "{{ x }} == 1", "then": [again]});
    assert_eq!(lint(folder, json!([sometimes])), Vec::<String>::new());

    let read = |name: &str| json!({"type": "set_context", "key": "k", "value": format!("{{{{ {name} }}}}")});
    let every = json!({"type": "every", "over": [1, 2], "thing": "t", "steps": [read("t"), read("__index")]});
    let text = json!({"inputs": {"unused": {}}, "steps": [every, read("t")]});
    let linted = Linter::new(registry()).lint_text(Path::new("r.json"), text.to_string().into());
    let found: Vec<_> = linted
        .diagnostics
        .iter()
        .map(|found| &*found.message)
        .collect();
    assert_eq!(
        found,
        [
            "unused input: unused",
            "step 1 (set_context): value: `t` is not set by any input or earlier step"
        ]
    );
}

#[test]
fn runs_without_commands_refuse_custom_steps_that_start_programs() {
    let mut registry = registry();
    registry.refuse_programs("by the test");
    let recipe = Recipe::from_value(
        json!([{"type": "start"}, {"type": "save"}, {"type": "shell", "command": "x"}]),
    );
    let problems = registry.check(&recipe.unwrap());
    let problems: Vec<_> = problems.iter().map(|problem| problem.to_string()).collect();
    insta::assert_snapshot!(problems.join("\n"), @r##"
    step 0 (start): start steps are refused: by the test
    step 2 (shell): shell steps are refused: by the test
    "##);
}
