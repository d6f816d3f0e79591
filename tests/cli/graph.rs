//! `recipe graph`: drawings of recipes.

use std::io::pipe;

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Directory with a recipe of every kind of step, and one that it calls.
fn small() -> Folder {
    let recipe = json!([
        {"type": "read_file", "path": "notes.md", "artifact": "notes"},
        {"type": "conditional", "name": "enough?", "config": {
            "condition": "{{ notes | size }} > 10",
            "if_true": {"steps": [{"type": "execute_recipe", "recipe_path": "part.yaml"}]},
            "if_false": {"steps": [{"type": "set_context", "key": "notes", "value": ""}]},
        }},
        {"type": "loop", "items": "parts", "item_key": "part", "substeps": [
            {"type": "execute_recipe", "recipe_path": "{{ part }}.json"},
            {"type": "conditional", "condition": true, "if_true": {"steps": [{"type": "no_such_step"}]}},
            {"type": "write_files", "files": [{"path": "a.md"}, {"path": "b.md"}]},
        ]},
        {"type": "parallel", "substeps": [
            {"type": "execute_recipe", "name": "again", "config": {"recipe_path": "./part.yaml"}},
            {"type": "execute_recipe", "name": "later", "config": {"recipe_path": "missing.json"}},
        ]},
        {"type": "set_context", "name": "end", "config": {"key": "end", "value": true}},
    ]);
    Folder::new().file("main.json", recipe.to_string()).file(
        "part.yaml",
        "steps:\n- {type: set_context, key: part, value: 1}\n",
    )
}

#[test]
fn a_recipe_is_a_mermaid_flowchart() {
    assert_snapshot!(small().recipe("graph main.json"), @r#"
    exit code 0
    --- stdout
    flowchart TD
      main_0["read_file notes.md"]
      main_1{"enough#63;<br/>#123;#123; notes #124; size #125;#125; #62; 10"}
      subgraph main_1_if_true[" "]
        main_1_if_true_0[["execute_recipe part.yaml"]]
      end
      subgraph main_1_if_false[" "]
        main_1_if_false_0["set_context notes"]
      end
      main_2{{"loop parts"}}
      subgraph main_2_substeps["each part in parts"]
        main_2_substeps_0[["execute_recipe #123;#123; part #125;#125;#46;json"]]
        main_2_substeps_1{"conditional true"}
        subgraph main_2_substeps_1_if_true[" "]
          main_2_substeps_1_if_true_0["no_such_step"]
        end
        main_2_substeps_2["write_files a.md #43;1"]
      end
      main_3{{"parallel"}}
      subgraph main_3_substeps["side by side"]
        main_3_substeps_0[["again"]]
        main_3_substeps_1[["later<br/>missing.json"]]
      end
      main_4["end"]
      subgraph r1["part.yaml"]
        r1_0["set_context part"]
      end
      main_0 --> main_1
      main_1 -->|"if_true"| main_1_if_true_0
      main_1_if_true_0 -.-> r1_0
      main_1 -->|"if_false"| main_1_if_false_0
      main_1_if_true_0 --> main_2
      main_1_if_false_0 --> main_2
      main_2 --> main_2_substeps_0
      main_2_substeps_0 --> main_2_substeps_1
      main_2_substeps_1 -->|"if_true"| main_2_substeps_1_if_true_0
      main_2_substeps_1_if_true_0 --> main_2_substeps_2
      main_2_substeps_1 -->|"if_false"| main_2_substeps_2
      main_2_substeps_2 --> main_3
      main_3 --> main_3_substeps_0
      main_3_substeps_0 -.-> r1_0
      main_3 --> main_3_substeps_1
      main_3_substeps_0 --> main_4
      main_3_substeps_1 --> main_4
      classDef faint stroke-dasharray: 4
      class main_2_substeps_0,main_3_substeps_1 faint
    "#);
}

#[test]
fn a_recipe_is_a_dot_graph() {
    assert_snapshot!(small().recipe("graph main.json --format dot"), @r#"
    exit code 0
    --- stdout
    digraph recipe {
      rankdir=TB;
      fontname="sans-serif";
      node [shape=box, fontname="sans-serif"];
      edge [fontname="sans-serif"];
      main_0 [label="read_file notes.md"];
      main_1 [label="enough?\n{{ notes | size }} > 10", shape=diamond];
      subgraph cluster_main_1_if_true {
        label="";
        main_1_if_true_0 [label="execute_recipe part.yaml", peripheries=2];
      }
      subgraph cluster_main_1_if_false {
        label="";
        main_1_if_false_0 [label="set_context notes"];
      }
      main_2 [label="loop parts", shape=hexagon];
      subgraph cluster_main_2_substeps {
        label="each part in parts";
        main_2_substeps_0 [label="execute_recipe {{ part }}.json", peripheries=2, style=dashed];
        main_2_substeps_1 [label="conditional true", shape=diamond];
        subgraph cluster_main_2_substeps_1_if_true {
          label="";
          main_2_substeps_1_if_true_0 [label="no_such_step"];
        }
        main_2_substeps_2 [label="write_files a.md +1"];
      }
      main_3 [label="parallel", shape=hexagon];
      subgraph cluster_main_3_substeps {
        label="side by side";
        main_3_substeps_0 [label="again", peripheries=2];
        main_3_substeps_1 [label="later\nmissing.json", peripheries=2, style=dashed];
      }
      main_4 [label="end"];
      subgraph cluster_r1 {
        label="part.yaml";
        r1_0 [label="set_context part"];
      }
      main_0 -> main_1;
      main_1 -> main_1_if_true_0 [label="if_true"];
      main_1_if_true_0 -> r1_0 [style=dashed];
      main_1 -> main_1_if_false_0 [label="if_false"];
      main_1_if_true_0 -> main_2;
      main_1_if_false_0 -> main_2;
      main_2 -> main_2_substeps_0;
      main_2_substeps_0 -> main_2_substeps_1;
      main_2_substeps_1 -> main_2_substeps_1_if_true_0 [label="if_true"];
      main_2_substeps_1_if_true_0 -> main_2_substeps_2;
      main_2_substeps_1 -> main_2_substeps_2 [label="if_false"];
      main_2_substeps_2 -> main_3;
      main_3 -> main_3_substeps_0;
      main_3_substeps_0 -> r1_0 [style=dashed];
      main_3 -> main_3_substeps_1;
      main_3_substeps_0 -> main_4;
      main_3_substeps_1 -> main_4;
    }
    "#);
}

#[test]
fn recipes_that_call_each_other_are_drawn_once() {
    let folder = Folder::new()
        .file(
            "a.json",
            r#"[{"type": "execute_recipe", "recipe_path": "b.md"}, {"type": "execute_recipe", "recipe_path": "b.md"}]"#,
        )
        .file(
            "b.md",
            "# B\n\n```json\n[{\"type\": \"execute_recipe\", \"recipe_path\": \"./a.json\"}, \
             {\"type\": \"execute_recipe\", \"recipe_path\": \"empty.json\"}]\n```\n",
        )
        .file("empty.json", "[]");
    assert_snapshot!(folder.recipe("graph a.json"), @r#"
    exit code 0
    --- stdout
    flowchart TD
      main_0[["execute_recipe b.md"]]
      main_1[["execute_recipe b.md"]]
      subgraph r1["b.md"]
        r1_0[["execute_recipe #46;/a.json"]]
        r1_1[["execute_recipe empty.json"]]
      end
      subgraph r2["empty.json"]
        r2_0("no steps")
      end
      main_0 -.-> r1_0
      main_0 --> main_1
      main_1 -.-> r1_0
      r1_0 -.-> main_0
      r1_0 --> r1_1
      r1_1 -.-> r2_0
      classDef faint stroke-dasharray: 4
      class r2_0 faint
    "#);
}

/// Directory with a recipe whose strings try to break out of a drawing.
fn hostile() -> Folder {
    let steps: Vec<Value> = [
        "end",
        "\"] --> x[\"",
        "`a` <b>&lt;</b>",
        "#quot; #35; style:#f;",
        "\\N \\",
        "a\r\n\u{2028}b\u{1b}[31m",
        "%%{init: {}}%%",
        "1. é 漢 🎉",
        "fa:fa-car",
        "a name that is longer than all that fits on a node",
    ]
    .iter()
    .map(|text| json!({"type": "set_context", "name": text, "config": {}}))
    .chain([
        json!({"type": ""}),
        json!({"type": "loop", "items": "\"];", "item_key": "]", "substeps": [{"type": "end"}]}),
        json!({"type": "execute_recipe", "recipe_path": "some/long/way/to/a/recipe/that/is/missing.json"}),
    ])
    .collect();
    Folder::new().file("r.json", Value::Array(steps).to_string())
}

#[test]
fn no_text_breaks_out_of_mermaid() {
    assert_snapshot!(hostile().recipe("graph r.json").stdout(), @r##"
    flowchart TD
      main_0["end"]
      main_1["#34;#93; #45;#45;#62; x#91;#34;"]
      main_2["#96;a#96; #60;b#62;#38;lt#59;#60;/b#62;"]
      main_3["#35;quot#59; #35;35#59; style#58;#35;f#59;"]
      main_4["#92;N #92;"]
      main_5["a b#92;u#123;1b#125;#91;31m"]
      main_6["#37;#37;#123;init#58; #123;#125;#125;#37;#37;"]
      main_7["1#46; é 漢 #127881;"]
      main_8["fa#58;#8203;fa-car"]
      main_9["a name that is longer than all that fit…"]
      main_10[" "]
      main_11{{"loop #34;#93;#59;"}}
      subgraph main_11_substeps["each #93; in #34;#93;#59;"]
        main_11_substeps_0["end"]
      end
      main_12[["execute_recipe …ipe/that/is/missing.json"]]
      main_0 --> main_1
      main_1 --> main_2
      main_2 --> main_3
      main_3 --> main_4
      main_4 --> main_5
      main_5 --> main_6
      main_6 --> main_7
      main_7 --> main_8
      main_8 --> main_9
      main_9 --> main_10
      main_10 --> main_11
      main_11 --> main_11_substeps_0
      main_11_substeps_0 --> main_12
      classDef faint stroke-dasharray: 4
      class main_12 faint
    "##);
}

#[test]
fn no_text_breaks_out_of_dot() {
    assert_snapshot!(hostile().recipe("graph r.json --format dot").stdout(), @r##"
    digraph recipe {
      rankdir=TB;
      fontname="sans-serif";
      node [shape=box, fontname="sans-serif"];
      edge [fontname="sans-serif"];
      main_0 [label="end"];
      main_1 [label="\"] --> x[\""];
      main_2 [label="`a` <b>&amp;lt;</b>"];
      main_3 [label="#quot; #35; style:#f;"];
      main_4 [label="\\N \\"];
      main_5 [label="a b\\u{1b}[31m"];
      main_6 [label="%%{init: {}}%%"];
      main_7 [label="1. é 漢 🎉"];
      main_8 [label="fa:fa-car"];
      main_9 [label="a name that is longer than all that fit…"];
      main_10 [label=""];
      main_11 [label="loop \"];", shape=hexagon];
      subgraph cluster_main_11_substeps {
        label="each ] in \"];";
        main_11_substeps_0 [label="end"];
      }
      main_12 [label="execute_recipe …ipe/that/is/missing.json", peripheries=2, style=dashed];
      main_0 -> main_1;
      main_1 -> main_2;
      main_2 -> main_3;
      main_3 -> main_4;
      main_4 -> main_5;
      main_5 -> main_6;
      main_6 -> main_7;
      main_7 -> main_8;
      main_8 -> main_9;
      main_9 -> main_10;
      main_10 -> main_11;
      main_11 -> main_11_substeps_0;
      main_11_substeps_0 -> main_12;
    }
    "##);
}

#[test]
fn an_invalid_recipe_is_reported_as_in_a_run() {
    let folder = Folder::new()
        .file("broken.json", "[{]")
        .file("broken.yaml", "steps: [")
        .file("none.md", "# None")
        .file("wrong.json", r#"{"steps": [{"typ": "x"}], "inptus": 1}"#);
    for name in [
        "broken.json",
        "broken.yaml",
        "none.md",
        "wrong.json",
        "missing.json",
        ".",
    ] {
        let drawn = folder.recipe(&format!("graph {name}"));
        let run = folder.recipe(&format!("run {name}"));
        assert_eq!(drawn.to_string(), run.to_string());
    }
    assert_snapshot!(folder.recipe("graph broken.json"), @"
    exit code 2
    --- stderr
    error: broken.json: line 1, column 3: key must be a string, near `[{]`
    ");
}

#[test]
fn an_invalid_called_recipe_is_a_single_warning() {
    let call = json!({"type": "execute_recipe", "recipe_path": "broken.json"});
    let folder = Folder::new()
        .file("r.json", json!([call, call]).to_string())
        .file("broken.json", "[{]");
    assert_snapshot!(folder.recipe("graph r.json"), @r#"
    exit code 0
    --- stdout
    flowchart TD
      main_0[["execute_recipe broken.json"]]
      main_1[["execute_recipe broken.json"]]
      main_0 --> main_1
      classDef faint stroke-dasharray: 4
      class main_0,main_1 faint
    --- stderr
    warning: broken.json: line 1, column 3: key must be a string, near `[{]`
    "#);
}

#[test]
fn deeply_nested_steps_are_counted() {
    let mut step = json!({"type": "set_context", "key": "k", "value": 1});
    for _ in 0..30 {
        step = json!({"type": "conditional", "condition": "true", "if_true": {"steps": [step]}});
    }
    let folder = Folder::new().file("r.json", json!([step]).to_string());
    let outcome = folder.recipe("graph r.json");
    assert_eq!(outcome.code(), 0, "{outcome}");
    assert!(
        outcome.stdout().contains("(\"14 more steps\")"),
        "{outcome}"
    );
}

#[test]
fn a_hundred_nested_recipes_are_drawn_side_by_side() {
    let mut folder = Folder::new().file("100.json", "[]");
    for index in 0..100 {
        let path = format!("{}.json", index + 1);
        let call = json!([{"type": "execute_recipe", "recipe_path": path}]);
        folder = folder.file(&format!("{index}.json"), call.to_string());
    }
    let drawing = folder.recipe("graph 0.json").stdout();
    assert_eq!(drawing.matches("\n  subgraph ").count(), 100, "{drawing}");
}

#[test]
fn a_graph_too_large_for_mermaid_is_noted() {
    let steps = vec![json!({"type": "set_context", "key": "k", "value": 1}); 2000];
    let folder = Folder::new().file("r.json", Value::Array(steps).to_string());
    assert_snapshot!(folder.recipe("graph r.json").stderr(), @"note: Mermaid draws graphs of this size only with larger `maxEdges` and `maxTextSize`; `--format dot` has no limit");
    assert_eq!(folder.recipe("graph r.json --format dot").stderr(), "");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = small();
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let outcome = folder.outcome(folder.command("graph main.json").stdout(writer));
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
}

#[test]
fn on_error_steps_are_a_separate_path() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "parallel", "config": {"substeps": [{"type": "read_file", "path": "a", "artifact": "a"}]},
             "on_error": {"steps": [{"type": "set_context", "key": "a", "value": 1}, {"type": "set_context", "key": "b", "value": 1}]}},
            {"type": "set_context", "key": "c", "value": 1}]"#,
    );
    assert_snapshot!(folder.recipe("graph r.json"), @r#"
    exit code 0
    --- stdout
    flowchart TD
      main_0{{"parallel"}}
      subgraph main_0_substeps["side by side"]
        main_0_substeps_0["read_file a"]
      end
      subgraph main_0_on_error[" "]
        main_0_on_error_0["set_context a"]
        main_0_on_error_1["set_context b"]
      end
      main_1["set_context c"]
      main_0 --> main_0_substeps_0
      main_0 -->|"on_error"| main_0_on_error_0
      main_0_on_error_0 --> main_0_on_error_1
      main_0_substeps_0 --> main_1
      main_0_on_error_1 --> main_1
    "#);
}
