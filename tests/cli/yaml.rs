//! Recipes in YAML, wherever a recipe is accepted.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::json;

const MAIN: &str = "\
# Runs two recipes, one in each language.
inputs:
  who: {type: string, default: world}
steps:
  - type: set_context
    name: prompt
    config: &prompt
      key: prompt
      value: |
        Greet {{ who }}.
        Be brief.
  - type: execute_recipe
    config:
      recipe_path: sub.yml
      context_overrides: {greeting: 'Hello {{ who }}'}
  - {type: execute_recipe, recipe_path: sub.json}
  - type: set_context
    config:
      <<: *prompt
      key: again
";

#[test]
fn a_recipe_and_the_recipes_it_calls_may_be_yaml() {
    let folder = Folder::new()
        .file("main.yaml", MAIN)
        .file(
            "sub.yml",
            "- type: set_context\n  key: seen\n  value: '{{ greeting }}!'\n",
        )
        .file(
            "sub.json",
            r#"[{"type": "set_context", "key": "last", "value": "{{ seen }}"}]"#,
        );
    assert_snapshot!(folder.recipe("run main.yaml --context-out out.json"), @"
    exit code 0
    --- stderr
    6 steps done in [time]
    ");
    assert_eq!(
        folder.read_json("out.json"),
        json!({
            "who": "world",
            "prompt": "Greet world.\nBe brief.\n",
            "greeting": "Hello world",
            "seen": "Hello world!",
            "last": "Hello world!",
            "again": "Greet world.\nBe brief.\n",
        })
    );
    assert_snapshot!(folder.recipe("validate main.yaml sub.yml"), @"exit code 0");
}

#[test]
fn errors_are_shown_at_their_line_and_column() {
    let folder = Folder::new().file(
        "r.yaml",
        "steps:\n  - type: set_contxt\n    config: {key: a}\n  - type: parallel\n    config:\n      substeps:\n        - type: read_file\n          path: 5\n          artifact: a\n          optinal: true\n",
    );
    assert_snapshot!(folder.recipe("validate r.yaml"), @"
    exit code 1
    --- stderr
    error[unknown-step-type]: step 0: unknown step type: set_contxt
     --> r.yaml:2:11
      |
    2 |   - type: set_contxt
      |           ^^^^^^^^^^
      = help: did you mean `set_context`?

    error[invalid-value]: step 1 (parallel): substep 0 (read_file): path: expected text, found `5`
     --> r.yaml:8:17
      |
    8 |           path: 5
      |                 ^

    error[unknown-field]: step 1 (parallel): substep 0 (read_file): unknown field: optinal
      --> r.yaml:10:11
       |
    10 |           optinal: true
       |           ^^^^^^^
       = help: did you mean `optional`?

    3 errors in 1 of 1 file
    ");
}

#[test]
fn invalid_yaml_is_one_line() {
    let folder = Folder::new()
        .file("tab.yaml", "steps:\n\t- type: x\n")
        .file("indent.yaml", "steps:\n  - type: x\n   config: {}\n")
        .file("twice.yaml", "steps: []\nsteps: []\n")
        .file("open.yaml", "steps: [\n");
    assert_snapshot!(folder.recipe("run tab.yaml"), @"
    exit code 2
    --- stderr
    error: tab.yaml: line 2, column 2: tabs disallowed within this context (block indentation), near `- type: x`
    ");
    assert_snapshot!(folder.recipe("run indent.yaml"), @"
    exit code 2
    --- stderr
    error: indent.yaml: line 3, column 4: while parsing a block collection, did not find expected '-' indicator, near `config: {}`
    ");
    assert_snapshot!(folder.recipe("run twice.yaml"), @"
    exit code 2
    --- stderr
    error: twice.yaml: line 2, column 1: duplicate key: steps, near `steps: []`
    ");
    assert_snapshot!(folder.recipe("run open.yaml"), @"
    exit code 2
    --- stderr
    error: open.yaml: line 1, column 8: unclosed bracket '[', near `steps: [`
    ");
}

#[test]
fn a_document_that_grows_through_aliases_is_rejected() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (before, name) in ('a'..'i').zip('b'..='i') {
        let repeated = vec![format!("*{before}"); 10].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{repeated}]\n"));
    }
    let folder = Folder::new().file("bomb.yaml", bomb + "steps: []\n");
    assert_snapshot!(folder.recipe("run bomb.yaml"), @"
    exit code 2
    --- stderr
    error: bomb.yaml: line 6, column 12: too large with its repeated aliases, near `f: &f [*e, *e, *e, *e, *e, *e,`
    ");
}
