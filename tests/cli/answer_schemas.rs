//! `recipe validate` on the schemas of responses.

use insta::assert_snapshot;

use crate::harness::Folder;

#[test]
fn errors_in_schemas_are_shown_at_their_location() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"steps": [
  {"type": "llm_generate", "config": {"prompt": "p", "output_format": {
    "type": "object",
    "properties": {"a": {"type": "object", "properties": {"b": {"type": "int"}}}}
  }}},
  {"type": "llm_generate", "prompt": "p", "output_format": [{
    "type": "object",
    "properties": {"a": {"$ref": "https://example.com/x.json"}}
  }]},
  {"type": "llm_generate", "prompt": "p", "output_format": {"type": "string"}}
]}"#,
    );
    assert_snapshot!(folder.recipe("validate r.json"));
}

#[test]
fn a_property_that_comes_too_late_is_a_warning() {
    let folder = Folder::new().file(
        "r.yaml",
        "- type: llm_generate
  prompt: p
  output_format:
    type: object
    properties:
      reasoning: {type: string}
      answer: {type: string}
    required: [answer]
- type: loop
  items: list
  item_key: item
  result_key: out
  substeps:
    - type: llm_generate
      config:
        prompt: '{{ item }}'
        output_format:
          - properties: {why: {}, verdict: {}}
            required: [verdict]
            type: object
",
    );
    assert_snapshot!(folder.recipe("validate r.yaml"));
    assert_snapshot!(folder.recipe("validate r.yaml --format json"));
}
